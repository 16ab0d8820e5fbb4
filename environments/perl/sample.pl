use strict;
use warnings;

my %counts;
while (my $line = <STDIN>) {
    $counts{$_}++ for split ' ', $line;
}

for my $word (sort { $counts{$b} <=> $counts{$a} or $a cmp $b } keys %counts) {
    print "$counts{$word} $word\n";
}
