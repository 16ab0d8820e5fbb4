my $counts = $*IN.words.Bag;
for $counts.sort({ -.value, .key }) -> (:key($word), :value($count)) {
    say "$count $word";
}
