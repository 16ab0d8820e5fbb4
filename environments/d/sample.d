import std.algorithm : each, multiSort;
import std.array : array, split;
import std.stdio : stdin, writeln;

void main()
{
    int[string] counts;
    foreach (line; stdin.byLineCopy)
        foreach (word; line.split)
            ++counts[word];

    auto words = counts.byKeyValue.array;
    words.multiSort!((a, b) => a.value > b.value, (a, b) => a.key < b.key);
    words.each!(word => writeln(word.value, " ", word.key));
}
