#pragma once
/* One of the folders that a program may write to, itself: its mode, its times and what else can be put on it. */

#include "calls.h"

struct root {
  const char *path;
  uint32_t mode;
  struct time_spec modified;
};

/* Remembers how it is now: before anything hostile runs. */
void root_remember(struct root *root, const char *path);

/* Makes it ours to change, whatever a program did to it, and opens it to read. Returns the descriptor, or a negative errno. */
long root_open(const struct root *root);

/* Gives it the mode and the times that it had. */
long root_settle(const struct root *root);
