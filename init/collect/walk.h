#pragma once
/* Lists the regular files below a folder, in small steps. What it walks over was made by hostile programs, all of them dead by
   now: folders that are too deep, too many, shut, or full of other things are passed over, and the end says so. */

#include <stdbool.h>

#include "../outbox.h"
#include "../path.h"

/* None of them may be 0. */
struct walk_limits {
  uint32_t entries, depth, path_bytes, time_ms;
};

/* What the walk did not look into. */
enum {
  /* There was more than its bounds on entries, time and memory allow. */
  MISSED_MORE = 1,
  /* Folders too deep, or paths too long. */
  MISSED_DEEP = 2,
  /* Folders that cannot be read. */
  MISSED_SHUT = 4,
};

enum {
  /* Paths of folders that are still to be looked into. */
  WALK_QUEUE_BYTES = 256 * 1024,
  WALK_ENTRIES_BYTES = 8 * 1024,
};

struct walk {
  /* What the whole lies below, and the folder that is read now, or -1. */
  int root, folder;
  struct walk_limits limits;
  uint64_t deadline_us;
  uint32_t missed;
  /* The path of the folder, and its depth: 0 for the root. */
  uint32_t depth;
  size_t path_size;
  uint8_t path[MAX_PATH_BYTES + 1];
  /* Folders in the order in which they were found: breadth first, so that what is near the top is found before any bound bites. */
  size_t queue_head, queue_tail;
  uint8_t queue[WALK_QUEUE_BYTES];
  /* What the kernel said of the folder, and how far it was looked at. */
  long at, end;
  uint8_t entries[WALK_ENTRIES_BYTES] __attribute__((aligned(8)));
};

void walk_begin(struct walk *walk, int root, const struct walk_limits *limits);

/* Whether a step would find room for what it may have to say. */
bool walk_has_room(const struct walk *walk, const struct outbox *outbox);

/* Says at most some entries. Returns false after the last one, which is followed by the list's end. */
bool walk_step(struct walk *walk, struct outbox *outbox);
