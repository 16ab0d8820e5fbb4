declare -A counts
while read -r -a words; do
  for word in "${words[@]}"; do
    ((counts[$word] += 1))
  done
done

for word in "${!counts[@]}"; do
  echo "${counts[$word]} $word"
done | sort -k1,1nr -k2
