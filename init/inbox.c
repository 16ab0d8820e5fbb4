/* Frames on their way in. */

#include "inbox.h"

#include <string.h>

#include "bytes.h"
#include "syscalls.h"

/* So little that a stream of small frames never touches more memory than this. */
enum { READ_BYTES = 64 * 1024 };

enum inbox_state inbox_peek(const struct inbox *inbox, struct frame *frame) {
  size_t available = inbox->tail - inbox->head;
  if (available < FRAME_HEADER_BYTES) return INBOX_INCOMPLETE;
  const uint8_t *header = inbox->bytes + inbox->head;
  frame->size = get_u32(header);
  frame->type = header[4];
  frame->payload = header + FRAME_HEADER_BYTES;
  if (frame->size > MAX_PAYLOAD_BYTES) return INBOX_TOO_LONG;
  return available - FRAME_HEADER_BYTES < frame->size ? INBOX_INCOMPLETE : INBOX_FRAME;
}

void inbox_take(struct inbox *inbox, const struct frame *frame) {
  inbox->head += FRAME_HEADER_BYTES + frame->size;
}

long inbox_fill(struct inbox *inbox, int fd) {
  size_t left = inbox->tail - inbox->head;
  if (inbox->head > 0) {
    if (left > 0) memmove(inbox->bytes, inbox->bytes + inbox->head, left);
    if (inbox->tail > 2 * READ_BYTES && left <= READ_BYTES) {
      sys_forget_pages(inbox->bytes + READ_BYTES, INBOX_BYTES - READ_BYTES);
    }
    inbox->head = 0;
    inbox->tail = left;
  }
  size_t room = INBOX_BYTES - inbox->tail;
  long got = sys_read(fd, inbox->bytes + inbox->tail, room < READ_BYTES ? room : READ_BYTES);
  if (got > 0) inbox->tail += (size_t)got;
  return got;
}
