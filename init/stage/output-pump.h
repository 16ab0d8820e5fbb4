#pragma once
/* One of a stage's output streams: from its pipe into frames, and beyond what is to be kept into nothing. */

#include <stdbool.h>
#include <stdint.h>

#include "../outbox.h"

struct output_pump {
  /* The pipe's end or the terminal's master, or -1 after its end. */
  int fd;
  uint8_t frame_type;
  /* The master of a terminal: it gives little at a time, and only seems to end when the program closes it for a while. */
  bool is_terminal;
  bool truncated;
  /* It gave little the last time, so more is left to gather before it is looked at again. Whoever waits for it ends the rest. */
  bool rests;
  uint64_t keep_bytes;
};

void output_pump_open(struct output_pump *pump, int fd, bool is_terminal, uint8_t frame_type, uint64_t keep_bytes);
void output_pump_close(struct output_pump *pump);

/* False while its next bytes would find no room. What is dropped needs none. */
bool output_pump_may_read(const struct output_pump *pump, const struct outbox *outbox);

enum pump_result { PUMP_MOVED, PUMP_EMPTY, PUMP_NO_ROOM, PUMP_ENDED };

/* Moves at most one chunk, and never waits. */
enum pump_result output_pump_step(struct output_pump *pump, struct outbox *outbox);
