/* Has a process as many open files as it may? */

#include "open-files.h"

#include <string.h>

#include "../syscalls.h"

enum { ENTRIES_BYTES = 4096, ENTRY_SIZE_OFFSET = 16 };

static void write_path(char *to, int pid) {
  char digits[12];
  int count = 0;
  for (; pid > 0; pid /= 10) digits[count++] = (char)('0' + pid % 10);
  memcpy(to, "/proc/", 6);
  to += 6;
  while (count > 0) *to++ = digits[--count];
  memcpy(to, "/fd", 4);
}

static uint32_t count_entries(const uint8_t *entries, long size) {
  uint32_t count = 0;
  for (long at = 0; at + ENTRY_SIZE_OFFSET + 2 <= size; count++) {
    uint16_t entry_size;
    memcpy(&entry_size, entries + at + ENTRY_SIZE_OFFSET, 2);
    if (entry_size == 0) break;
    at += entry_size;
  }
  return count;
}

bool open_files_at_limit(int pid, uint32_t limit) {
  char path[32];
  uint8_t entries[ENTRIES_BYTES] __attribute__((aligned(8)));
  write_path(path, pid);
  int folder = (int)sys_openat(CURRENT_FOLDER, path, FLAG_READ | FLAG_DIRECTORY | FLAG_CLOEXEC, 0);
  if (folder < 0) return false;
  /* `.` and `..` are in the list too. */
  uint64_t wanted = (uint64_t)limit + 2, count = 0;
  while (count < wanted) {
    long size = sys_getdents(folder, entries, sizeof(entries));
    if (size <= 0) break;
    count += count_entries(entries, size);
  }
  sys_close(folder);
  return count >= wanted;
}
