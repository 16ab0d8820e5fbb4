while read --line line
    string split --no-empty ' ' $line
end | sort | uniq --count | string trim | sort --key=1,1nr --key=2
