int main() {
  mapping(string:int) counts = ([]);
  foreach (Stdio.stdin->read() / "\n", string line)
    foreach (line / " " - ({ "" }), string word)
      counts[word]++;

  // Sorted by word; then, as that sort is stable, by count.
  array(string) words = sort(indices(counts));
  array(int) order = map(words, lambda(string word) { return -counts[word]; });
  sort(order, words);
  foreach (words, string word)
    write("%d %s\n", counts[word], word);
  return 0;
}
