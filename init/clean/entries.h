#pragma once
/* The entries of one folder, a small block at a time. */

#include "calls.h"

/* Small, because a block is thrown away whenever its reader goes down into a folder. */
enum { ENTRIES_BYTES = 4096 };

enum { KIND_FOLDER = 4 };

struct entries {
  long size, at;
  uint8_t block[ENTRIES_BYTES] __attribute__((aligned(8)));
};

static inline void entries_forget(struct entries *entries) { entries->size = entries->at = 0; }

/* The next one that is neither `.` nor `..`, NULL at the end, or `*error` below 0. It is valid until the next call. */
const struct folder_entry *entries_next(struct entries *entries, int folder, long *error);
