import sys
from collections import Counter

words = Counter(sys.stdin.read().split())
for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0])):
    print(count, word)
