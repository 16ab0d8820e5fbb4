void main () {
    var counts = new HashTable<string, int> (str_hash, str_equal);
    string? line;
    while ((line = stdin.read_line ()) != null) {
        foreach (var word in line.split (" ")) {
            if (word != "") counts[word] = counts[word] + 1;
        }
    }

    var words = counts.get_keys ();
    words.sort_with_data ((a, b) => counts[a] != counts[b] ? counts[b] - counts[a] : strcmp (a, b));
    foreach (var word in words) {
        print ("%d %s\n", counts[word], word);
    }
}
