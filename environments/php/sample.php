<?php

$words = preg_split('/\s+/', stream_get_contents(STDIN), flags: PREG_SPLIT_NO_EMPTY);
$counts = array_count_values($words);

// Sorting is stable: what is sorted by word stays so among equal counts.
ksort($counts);
arsort($counts);
foreach ($counts as $word => $count) {
    echo "$count $word\n";
}
