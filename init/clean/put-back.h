#pragma once
/* Makes a copied tree again, in an empty folder. In small steps, with one descriptor. */

#include "record.h"

struct putting_back {
  int folder, from, file;
  uint32_t depth;
  int64_t position;
  uint64_t file_bytes;
  struct record record;
};

/* `folder` belongs to it from now on, `from` does not. */
void put_back_begin(struct putting_back *putting, int folder, int from);

/* Returns 1 while there is more to do, 0 at the end, or a negative errno. Closes the folder at either end. */
long put_back_step(struct putting_back *putting);
