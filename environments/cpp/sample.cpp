#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

int main() {
    std::map<std::string, int> counts;
    for (std::string word; std::cin >> word;) ++counts[word];

    // The map is sorted by word, and a stable sort keeps it so among equals.
    std::vector<std::pair<std::string, int>> words(counts.begin(), counts.end());
    std::ranges::stable_sort(words, std::greater{}, &std::pair<std::string, int>::second);
    for (const auto& [word, count] : words) std::cout << count << ' ' << word << '\n';
}
