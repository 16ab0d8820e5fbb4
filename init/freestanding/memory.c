/* Copying bytes without a C library. */

#include <stdint.h>
#include <string.h>

/* Without it the compiler would see memcpy in the loop of memcpy, and call it. */
#define KEEP_LOOP() __asm__ volatile("" ::: "memory")

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

static void copy_up(uint8_t *to, const uint8_t *from, size_t size) {
  for (; size >= sizeof(word); size -= sizeof(word), to += sizeof(word), from += sizeof(word)) {
    *(word *)to = *(const word *)from;
    KEEP_LOOP();
  }
  while (size-- > 0) {
    *to++ = *from++;
    KEEP_LOOP();
  }
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  copy_up(to, from, size);
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  if ((uintptr_t)to <= (uintptr_t)from) {
    copy_up(to, from, size);
    return to;
  }
  uint8_t *end = to;
  const uint8_t *source = from;
  while (size-- > 0) {
    end[size] = source[size];
    KEEP_LOOP();
  }
  return to;
}

void *memset(void *to, int value, size_t size) {
  uint8_t *end = to;
  while (size-- > 0) {
    end[size] = (uint8_t)value;
    KEEP_LOOP();
  }
  return to;
}

int memcmp(const void *a, const void *b, size_t size) {
  const uint8_t *left = a, *right = b;
  for (; size > 0; size--, left++, right++) {
    if (*left != *right) return *left < *right ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) {
    length++;
    KEEP_LOOP();
  }
  return length;
}
