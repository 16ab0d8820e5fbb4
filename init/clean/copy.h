#pragma once
/* Copies a tree into a file in memory: regular files, folders and symbolic links, with modes and times. In small steps. */

#include "entries.h"
#include "record.h"

struct copy_level {
  /* Where its parent goes on. */
  int64_t position;
  struct record end;
};

struct copying {
  int folder, to, file;
  uint32_t depth;
  /* Bytes of the tree still to be copied at most, and of the file that is being copied. */
  uint64_t room_bytes, file_bytes;
  struct entries entries;
  struct copy_level levels[MAX_DEPTH];
};

/* `folder` belongs to the copying from now on, `to` does not. A tree of more than `room_bytes`, records included, is refused. */
void copy_begin(struct copying *copying, int folder, int to, uint64_t room_bytes);

/* Returns 1 while there is more to do, 0 at the end, or a negative errno. Closes the folder at either end. */
long copy_step(struct copying *copying);
