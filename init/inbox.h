#pragma once
/* Frames on their way in. One frame is held whole; memory that a large one took is given back after it. */

#include <stdbool.h>
#include <stddef.h>

#include "frame.h"

enum { INBOX_BYTES = MAX_PAYLOAD_BYTES + 4096 };

struct inbox {
  size_t head, tail;
  uint8_t bytes[INBOX_BYTES] __attribute__((aligned(4096)));
};

enum inbox_state { INBOX_INCOMPLETE, INBOX_FRAME, INBOX_TOO_LONG };

/* Looks at the next frame without taking it. The payload is valid until the next `inbox_fill`. */
enum inbox_state inbox_peek(const struct inbox *inbox, struct frame *frame);
void inbox_take(struct inbox *inbox, const struct frame *frame);

/* Reads once. To be called only when `inbox_peek` says incomplete, so that there is room. Returns what read returned. */
long inbox_fill(struct inbox *inbox, int fd);
