/* Numbers in the text that the kernel gives about a cgroup. */

#include "counter-text.h"

#include <string.h>

uint64_t counter_number(const char *text, size_t size) {
  uint64_t value = 0;
  size_t at = 0;
  for (; at < size && text[at] >= '0' && text[at] <= '9'; at++) {
    uint64_t digit = (uint64_t)(text[at] - '0');
    if (value > (UINT64_MAX - digit) / 10) return NOT_MEASURED;
    value = value * 10 + digit;
  }
  return at == 0 ? NOT_MEASURED : value;
}

uint64_t counter_named(const char *text, size_t size, const char *name) {
  size_t name_size = strlen(name);
  for (size_t line = 0; line < size;) {
    size_t left = size - line;
    if (left > name_size && memcmp(text + line, name, name_size) == 0 && text[line + name_size] == ' ') {
      return counter_number(text + line + name_size + 1, left - name_size - 1);
    }
    while (line < size && text[line] != '\n') line++;
    line++;
  }
  return NOT_MEASURED;
}
