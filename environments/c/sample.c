#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 1000, MAX_LENGTH = 63 };

struct entry {
    char word[MAX_LENGTH + 1];
    int count;
};

static int compare(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->count != b->count) return b->count - a->count;
    return strcmp(a->word, b->word);
}

int main(void) {
    static struct entry entries[MAX_WORDS];
    size_t size = 0;
    char word[MAX_LENGTH + 1];

    while (scanf("%63s", word) == 1) {
        size_t i = 0;
        while (i < size && strcmp(entries[i].word, word) != 0) i++;
        if (i == MAX_WORDS) return EXIT_FAILURE;
        if (i == size) strcpy(entries[size++].word, word);
        entries[i].count++;
    }

    qsort(entries, size, sizeof entries[0], compare);
    for (size_t i = 0; i < size; i++) printf("%d %s\n", entries[i].count, entries[i].word);
    return EXIT_SUCCESS;
}
