#pragma once
/* Frames on their way out. Bounded: who wants to write asks for room first, and waits when there is none. */

#include <stddef.h>
#include <stdint.h>

enum {
  OUTBOX_BYTES = 160 * 1024,
  /* The most that one frame of output carries: a pipe's usual size. */
  OUTPUT_CHUNK_BYTES = 64 * 1024,
  /* Kept free by output, so that a frame of any other kind always finds room: the longest names a path. */
  OUTBOX_RESERVE_BYTES = 16 * 1024,
  /* With this much room nobody is refused: the largest chunk, its header, and the reserve. */
  OUTBOX_AMPLE_BYTES = OUTPUT_CHUNK_BYTES + OUTBOX_RESERVE_BYTES + 64,
};

struct outbox {
  size_t head, tail;
  uint8_t bytes[OUTBOX_BYTES] __attribute__((aligned(4096)));
};

size_t outbox_room(const struct outbox *outbox);

/* A place for a payload of up to `size` bytes; `outbox_commit` makes a frame of what was put there. */
uint8_t *outbox_reserve(struct outbox *outbox, size_t size);
void outbox_commit(struct outbox *outbox, uint8_t type, size_t size);
void outbox_put(struct outbox *outbox, uint8_t type, const void *payload, size_t size);

/* Writes what can be written now. Returns 0, or a negative errno when nobody can ever read it. */
long outbox_flush(struct outbox *outbox, int fd);
