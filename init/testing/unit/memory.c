/* The functions that stand in for the C library's, under other names. */

#include <string.h>

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define strlen own_strlen
#include "../../freestanding/memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

#include "check.h"

static void fill(uint8_t *bytes, size_t size) {
  for (size_t index = 0; index < size; index++) bytes[index] = (uint8_t)(index * 7 + 1);
}

static bool moves(size_t from, size_t to, size_t size) {
  uint8_t ours[64], theirs[64];
  fill(ours, sizeof(ours));
  fill(theirs, sizeof(theirs));
  own_memmove(ours + to, ours + from, size);
  memmove(theirs + to, theirs + from, size);
  return memcmp(ours, theirs, sizeof(ours)) == 0;
}

void check_memory(void) {
  bool same = true;
  for (size_t size = 0; size <= 24; size++) {
    for (size_t from = 0; from <= 30; from += 3) {
      for (size_t to = 0; to <= 30; to += 2) same = same && moves(from, to, size);
    }
  }
  check("bytes move as they should, over each other or not", same);
  uint8_t ours[40], theirs[40];
  fill(ours, sizeof(ours));
  fill(theirs, sizeof(theirs));
  own_memset(ours + 3, 0x1ff, 21);
  memset(theirs + 3, 0x1ff, 21);
  own_memcpy(ours + 30, ours, 9);
  memcpy(theirs + 30, theirs, 9);
  check("bytes are set and copied as they should", memcmp(ours, theirs, sizeof(ours)) == 0);
  check("bytes compare as unsigned", own_memcmp("a\xff", "a\x01", 2) > 0 && own_memcmp("a\x01", "a\xff", 2) < 0);
  check("equal bytes compare as equal", own_memcmp("abc", "abd", 2) == 0 && own_memcmp("a", "b", 0) == 0);
  check("a text's length is that before its NUL", own_strlen("") == 0 && own_strlen("four") == 4);
}
