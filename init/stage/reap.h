#pragma once
/* Collects the processes that ended. */

#include <stdbool.h>
#include <stdint.h>

struct reaping {
  /* The stage's first process, or 0 once it was collected. */
  int first_pid;
  int first_status;
  uint64_t max_resident_bytes;
};

/* Collects what ended so far, or as much of it as may be collected at once. Returns true when init has no child left. */
bool reap(struct reaping *reaping);

/* Kills all but init. */
void kill_everything(void);
