/* A stage's input. */

#include "stdin-feed.h"

#include <string.h>

#include "../syscalls.h"
#include "terminal.h"

void stdin_feed_open(struct stdin_feed *feed, int fd, bool is_terminal) {
  feed->fd = fd;
  feed->is_terminal = is_terminal;
  feed->ended = feed->types_end = feed->rests = false;
  feed->last_byte = '\n';
  feed->head = feed->tail = 0;
}

bool stdin_feed_is_pending(const struct stdin_feed *feed) { return feed->fd >= 0 && feed->head < feed->tail; }

void stdin_feed_close(struct stdin_feed *feed) {
  if (!feed->types_end) feed->owed += (uint32_t)(feed->tail - feed->head);
  feed->head = feed->tail = 0;
  if (feed->fd >= 0) sys_close(feed->fd);
  feed->fd = -1;
}

bool stdin_feed_accept(struct stdin_feed *feed, const uint8_t *bytes, size_t size) {
  size_t held = feed->tail - feed->head;
  if (size > STDIN_WINDOW_BYTES - held - feed->owed) return false;
  if (feed->fd < 0 || feed->ended) {
    feed->owed += (uint32_t)size;
    return true;
  }
  if (feed->tail + size > STDIN_WINDOW_BYTES) {
    memmove(feed->bytes, feed->bytes + feed->head, held);
    feed->head = 0;
    feed->tail = held;
  }
  memcpy(feed->bytes + feed->tail, bytes, size);
  feed->tail += size;
  return true;
}

/* After a half line the first one only hands that over, and the second one ends. */
static void type_end(struct stdin_feed *feed) {
  uint8_t end = terminal_end_of_input(feed->fd);
  bool is_at_start = feed->last_byte == '\n' || feed->last_byte == '\r' || feed->last_byte == end;
  feed->types_end = true;
  feed->bytes[feed->tail++] = end;
  if (!is_at_start) feed->bytes[feed->tail++] = end;
}

/* Everything that was accepted is written. */
static void finish(struct stdin_feed *feed) {
  if (!feed->is_terminal || feed->types_end || feed->fd < 0) {
    stdin_feed_close(feed);
    return;
  }
  type_end(feed);
  stdin_feed_step(feed);
}

void stdin_feed_end(struct stdin_feed *feed) {
  if (feed->ended) return;
  feed->ended = true;
  if (!stdin_feed_is_pending(feed)) finish(feed);
}

void stdin_feed_step(struct stdin_feed *feed) {
  while (stdin_feed_is_pending(feed)) {
    long wrote = sys_write(feed->fd, feed->bytes + feed->head, feed->tail - feed->head);
    if (wrote == -ERROR_INTERRUPTED) continue;
    if (wrote == -ERROR_AGAIN) return;
    if (wrote <= 0) {
      stdin_feed_close(feed);
      return;
    }
    if (!feed->types_end) feed->owed += (uint32_t)wrote;
    feed->head += (size_t)wrote;
    feed->last_byte = feed->bytes[feed->head - 1];
  }
  feed->head = feed->tail = 0;
  if (feed->ended) finish(feed);
}
