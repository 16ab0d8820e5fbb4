#pragma once
/* A stage's input: held until the program takes it, and acknowledged then. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the sender may have on the way without an acknowledgement. */
enum { STDIN_WINDOW_BYTES = 64 * 1024 };

struct stdin_feed {
  /* The pipe's end or the terminal's master, or -1: then everything is dropped. */
  int fd;
  /* Its end is a character that is typed. */
  bool is_terminal;
  bool ended;
  /* What is held is that character, which nobody is to be told of. */
  bool types_end;
  /* A terminal took nothing although it might, so it is left alone for a while. Whoever waits for it ends the rest. */
  bool rests;
  uint8_t last_byte;
  /* Taken, but not yet told. */
  uint32_t owed;
  size_t head, tail;
  uint8_t bytes[STDIN_WINDOW_BYTES];
};

void stdin_feed_open(struct stdin_feed *feed, int fd, bool is_terminal);
bool stdin_feed_is_pending(const struct stdin_feed *feed);

/* Returns false when the sender overran its window. */
bool stdin_feed_accept(struct stdin_feed *feed, const uint8_t *bytes, size_t size);
void stdin_feed_end(struct stdin_feed *feed);

/* Writes what the pipe takes now. */
void stdin_feed_step(struct stdin_feed *feed);

/* Drops what is left. */
void stdin_feed_close(struct stdin_feed *feed);
