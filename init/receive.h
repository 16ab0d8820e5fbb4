#pragma once
/* What each frame makes init do. */

#include "files.h"
#include "frame.h"
#include "outbox.h"

enum {
  /* The most that one frame makes us answer at once: a `file-error` with its path. */
  RECEIVE_ROOM_BYTES = 8 * 1024,
};

/* Returns NULL, or which rule of the protocol the frame broke. */
const char *receive(const struct frame *frame, struct files *files, struct outbox *outbox);
