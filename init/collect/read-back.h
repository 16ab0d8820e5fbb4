#pragma once
/* Sends one regular file's bytes, in small steps. */

#include <stdbool.h>

#include "../outbox.h"

struct read_back {
  int fd;
  uint64_t left;
  /* errno of what went wrong, or 0. */
  uint32_t error;
};

/* The path must be acceptable. What cannot be opened, or is no regular file, is told by the end. */
void read_back_begin(struct read_back *read, int root, const uint8_t *path, size_t path_size, uint64_t max_bytes);

/* Whether a step would find room for what it may have to say. */
bool read_back_has_room(const struct outbox *outbox);

/* Moves at most one chunk. Returns false after the last one, which is followed by the read's end. */
bool read_back_step(struct read_back *read, struct outbox *outbox);
