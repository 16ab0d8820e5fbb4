/* Frames on their way out. */

#include "outbox.h"

#include <string.h>

#include "bytes.h"
#include "frame.h"
#include "syscalls.h"

size_t outbox_room(const struct outbox *outbox) { return OUTBOX_BYTES - (outbox->tail - outbox->head); }

uint8_t *outbox_reserve(struct outbox *outbox, size_t size) {
  size_t used = outbox->tail - outbox->head;
  /* Every caller asked for room before; going on without it would write over other memory. */
  if (FRAME_HEADER_BYTES + size > OUTBOX_BYTES - used) __builtin_trap();
  if (outbox->tail + FRAME_HEADER_BYTES + size > OUTBOX_BYTES) {
    memmove(outbox->bytes, outbox->bytes + outbox->head, used);
    outbox->head = 0;
    outbox->tail = used;
  }
  return outbox->bytes + outbox->tail + FRAME_HEADER_BYTES;
}

void outbox_commit(struct outbox *outbox, uint8_t type, size_t size) {
  put_u8(put_u32(outbox->bytes + outbox->tail, (uint32_t)size), type);
  outbox->tail += FRAME_HEADER_BYTES + size;
}

void outbox_put(struct outbox *outbox, uint8_t type, const void *payload, size_t size) {
  uint8_t *to = outbox_reserve(outbox, size);
  if (size > 0) memcpy(to, payload, size);
  outbox_commit(outbox, type, size);
}

long outbox_flush(struct outbox *outbox, int fd) {
  while (outbox->head < outbox->tail) {
    long wrote = sys_write(fd, outbox->bytes + outbox->head, outbox->tail - outbox->head);
    if (wrote == -ERROR_INTERRUPTED) continue;
    if (wrote == -ERROR_AGAIN) return 0;
    if (wrote <= 0) return wrote < 0 ? wrote : -ERROR_PIPE;
    outbox->head += (size_t)wrote;
  }
  outbox->head = outbox->tail = 0;
  return 0;
}
