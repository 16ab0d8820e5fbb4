/* A file on its way into a pipe. */

#include "source-feed.h"

#include "../syscalls.h"

static void end(struct source_feed *feed) {
  sys_close(feed->from);
  sys_close(feed->to);
  feed->from = feed->to = -1;
}

void source_feed_open(struct source_feed *feed, int from, int to) {
  feed->from = from;
  feed->to = to;
  feed->head = feed->tail = 0;
  source_feed_step(feed);
}

void source_feed_step(struct source_feed *feed) {
  while (feed->to >= 0) {
    if (feed->head == feed->tail) {
      long got = sys_read(feed->from, feed->bytes, sizeof(feed->bytes));
      if (got == -ERROR_INTERRUPTED) continue;
      /* Its end, which is told by closing. An error cannot be told any other way either; the file is ours, on a tmpfs. */
      if (got <= 0) return end(feed);
      feed->head = 0;
      feed->tail = (size_t)got;
    }
    long wrote = sys_write(feed->to, feed->bytes + feed->head, feed->tail - feed->head);
    if (wrote == -ERROR_INTERRUPTED) continue;
    if (wrote == -ERROR_AGAIN) return;
    if (wrote <= 0) return end(feed);
    feed->head += (size_t)wrote;
  }
}
