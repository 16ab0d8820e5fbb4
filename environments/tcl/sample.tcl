set counts [dict create]
foreach word [regexp -all -inline {\S+} [read stdin]] {
    dict incr counts $word
}

proc compare {a b} {
    set difference [expr {[dict get $::counts $b] - [dict get $::counts $a]}]
    expr {$difference != 0 ? $difference : [string compare $a $b]}
}

foreach word [lsort -command compare [dict keys $counts]] {
    puts "[dict get $counts $word] $word"
}
