typeset -A counts
for word in $(cat); do
  (( counts[$word]++ ))
done

for word count in ${(kv)counts}; do
  print $count $word
done | sort --key=1,1nr --key=2
