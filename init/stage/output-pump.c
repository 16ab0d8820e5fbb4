/* One of a stage's output streams. */

#include "output-pump.h"

#include "../frame.h"
#include "../syscalls.h"

enum {
  DROP_BYTES = 1024 * 1024,
  SCRATCH_BYTES = 16 * 1024,
  /* A program that writes byte by byte would have us make a frame of each, and a row of each where they are stored. */
  LITTLE_BYTES = 4096,
};

void output_pump_open(struct output_pump *pump, int fd, bool is_terminal, uint8_t frame_type, uint64_t keep_bytes) {
  pump->fd = fd;
  pump->is_terminal = is_terminal;
  pump->frame_type = frame_type;
  pump->truncated = false;
  pump->rests = false;
  pump->keep_bytes = keep_bytes;
}

void output_pump_close(struct output_pump *pump) {
  if (pump->fd >= 0) sys_close(pump->fd);
  pump->fd = -1;
}

static size_t next_chunk(const struct output_pump *pump) {
  return pump->keep_bytes < OUTPUT_CHUNK_BYTES ? (size_t)pump->keep_bytes : OUTPUT_CHUNK_BYTES;
}

bool output_pump_may_read(const struct output_pump *pump, const struct outbox *outbox) {
  if (pump->fd < 0) return false;
  if (pump->keep_bytes == 0) return true;
  return outbox_room(outbox) >= next_chunk(pump) + FRAME_HEADER_BYTES + OUTBOX_RESERVE_BYTES;
}

/* Splicing to /dev/null costs no copy; where that cannot be done, reading does. */
static long drop(int fd) {
  static int nowhere = -2;
  if (nowhere == -2) nowhere = (int)sys_openat(CURRENT_FOLDER, "/dev/null", FLAG_WRITE | FLAG_CLOEXEC, 0);
  if (nowhere >= 0) {
    long dropped = sys_splice(fd, nowhere, DROP_BYTES);
    if (dropped != -ERROR_INVALID) return dropped;
  }
  uint8_t scratch[SCRATCH_BYTES];
  return sys_read(fd, scratch, sizeof(scratch));
}

static long drop_much(const struct output_pump *pump) {
  long total = 0, dropped;
  do {
    dropped = drop(pump->fd);
    if (dropped > 0) total += dropped;
  } while (dropped > 0 && pump->is_terminal && total < DROP_BYTES);
  return total > 0 ? total : dropped;
}

static long keep(struct output_pump *pump, struct outbox *outbox) {
  size_t size = next_chunk(pump), total = 0;
  uint8_t *to = outbox_reserve(outbox, size);
  long got;
  /* A terminal hands out a few KiB at most each time, which would be as many frames. */
  do {
    got = sys_read(pump->fd, to + total, size - total);
    if (got > 0) total += (size_t)got;
  } while (got > 0 && pump->is_terminal && total < size);
  if (total == 0) return got;
  outbox_commit(outbox, pump->frame_type, total);
  pump->keep_bytes -= total;
  return (long)total;
}

enum pump_result output_pump_step(struct output_pump *pump, struct outbox *outbox) {
  if (pump->fd < 0) return PUMP_ENDED;
  if (!output_pump_may_read(pump, outbox)) return PUMP_NO_ROOM;
  bool dropping = pump->keep_bytes == 0;
  long moved;
  do {
    moved = dropping ? drop_much(pump) : keep(pump, outbox);
  } while (moved == -ERROR_INTERRUPTED);
  if (moved == -ERROR_AGAIN) return PUMP_EMPTY;
  if (moved <= 0 && pump->is_terminal) {
    /* Nobody has it open now; somebody may open it again by its name. */
    pump->rests = true;
    return PUMP_EMPTY;
  }
  if (moved <= 0) {
    output_pump_close(pump);
    return PUMP_ENDED;
  }
  if (dropping) pump->truncated = true;
  pump->rests = moved < LITTLE_BYTES;
  return PUMP_MOVED;
}
