#pragma once
/* A file on its way into a pipe. */

#include <stddef.h>
#include <stdint.h>

enum { SOURCE_CHUNK_BYTES = 16 * 1024 };

struct source_feed {
  /* Both -1 once all of it is there, or nobody wants it. */
  int from, to;
  size_t head, tail;
  uint8_t bytes[SOURCE_CHUNK_BYTES];
};

/* Both descriptors are its own from here on; `to` never makes us wait. Writes what there is room for. */
void source_feed_open(struct source_feed *feed, int from, int to);
void source_feed_step(struct source_feed *feed);
