#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../bytes.h"
#include "../../inbox.h"
#include "../../outbox.h"
#include "check.h"

static struct inbox inbox;
static struct outbox outbox;

static void check_inbox(void) {
  int ends[2];
  struct frame frame;
  if (pipe(ends) != 0) return check("a pipe can be made", false);
  const uint8_t bytes[] = {3, 0, 0, 0, 0x11, 'a', 'b', 'c', 0, 0, 0, 0, 0x12, 1, 0};
  bool partial = true;
  for (size_t index = 0; index < 8; index++) {
    partial = partial && inbox_peek(&inbox, &frame) == INBOX_INCOMPLETE;
    partial = partial && write(ends[1], bytes + index, 1) == 1 && inbox_fill(&inbox, ends[0]) == 1;
  }
  check("a frame in pieces is incomplete until its last byte", partial);
  check("a whole frame comes out", inbox_peek(&inbox, &frame) == INBOX_FRAME && frame.type == 0x11 && frame.size == 3 &&
                                       memcmp(frame.payload, "abc", 3) == 0);
  inbox_take(&inbox, &frame);
  check("bytes after a frame are kept", write(ends[1], bytes + 8, 7) == 7 && inbox_fill(&inbox, ends[0]) == 7 &&
                                            inbox_peek(&inbox, &frame) == INBOX_FRAME && frame.type == 0x12);
  inbox_take(&inbox, &frame);
  check("what follows is incomplete", inbox_peek(&inbox, &frame) == INBOX_INCOMPLETE);
  /* With the two bytes that wait: 0x00100001, one more than allowed. */
  check("a frame that is too long is told from its header",
        write(ends[1], "\x10\0\x11", 3) == 3 && inbox_fill(&inbox, ends[0]) == 3 &&
            inbox_peek(&inbox, &frame) == INBOX_TOO_LONG);
  close(ends[0]);
  close(ends[1]);
}

/* A reader that takes little at a time makes the outbox move what is left to its front, again and again. */
static void check_outbox(void) {
  int ends[2];
  static uint8_t received[1 << 20], payload[1000];
  size_t got = 0, sent = 0;
  if (pipe(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return check("a pipe can be made", false);
  }
  bool flushed = true;
  while (sent < 600) {
    while (sent < 600 && outbox_room(&outbox) >= sizeof(payload) + 5) {
      memset(payload, (int)sent, sizeof(payload));
      outbox_put(&outbox, (uint8_t)sent, payload, sizeof(payload));
      sent++;
    }
    flushed = flushed && outbox_flush(&outbox, ends[1]) == 0;
    long size = read(ends[0], received + got, 7777);
    if (size > 0) got += (size_t)size;
  }
  for (long size = 1; outbox.tail > 0 || size > 0; got += (size_t)(size > 0 ? size : 0)) {
    flushed = flushed && outbox_flush(&outbox, ends[1]) == 0;
    size = read(ends[0], received + got, sizeof(received) - got);
  }
  bool same = got == 600 * 1005;
  for (size_t index = 0; same && index < 600; index++) {
    const uint8_t *frame = received + index * 1005;
    memset(payload, (int)index, sizeof(payload));
    same = get_u32(frame) == 1000 && frame[4] == (uint8_t)index && memcmp(frame + 5, payload, 1000) == 0;
  }
  check("frames come out whole and in order, however slowly they are read", same && flushed);
  close(ends[0]);
  close(ends[1]);
}

void check_boxes(void) {
  check_inbox();
  check_outbox();
}
