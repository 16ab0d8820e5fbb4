/* What programs left in the working folder, on its way out. */

#include "collect.h"

#include "../bytes.h"
#include "../path.h"
#include "read-back.h"
#include "walk.h"

enum { LIST_BYTES = 4 * 4, READ_HEADER_BYTES = 8 };

enum activity { NOTHING, LISTING, READING };

static struct {
  enum activity activity;
  int working_folder;
  struct walk walk;
  struct read_back read;
} collect;

void collect_open(int working_folder) { collect.working_folder = working_folder; }

bool collect_is_running(void) { return collect.activity != NOTHING; }

const char *collect_list(const struct frame *frame) {
  if (frame->size != LIST_BYTES) return "a list frame is not 16 bytes long";
  const struct walk_limits limits = {
      .entries = get_u32(frame->payload),
      .depth = get_u32(frame->payload + 4),
      .path_bytes = get_u32(frame->payload + 8),
      .time_ms = get_u32(frame->payload + 12),
  };
  if (limits.entries == 0 || limits.depth == 0 || limits.path_bytes == 0 || limits.time_ms == 0) {
    return "a bound of a list is 0";
  }
  walk_begin(&collect.walk, collect.working_folder, &limits);
  collect.activity = LISTING;
  return NULL;
}

const char *collect_read(const struct frame *frame) {
  if (frame->size < READ_HEADER_BYTES) return "a read frame is too short";
  const uint8_t *path = frame->payload + READ_HEADER_BYTES;
  size_t path_size = frame->size - READ_HEADER_BYTES;
  if (!path_is_acceptable(path, path_size)) return "a path is not acceptable";
  read_back_begin(&collect.read, collect.working_folder, path, path_size, get_u64(frame->payload));
  collect.activity = READING;
  return NULL;
}

bool collect_is_due(const struct outbox *outbox) {
  switch (collect.activity) {
    case LISTING:
      return walk_has_room(&collect.walk, outbox);
    case READING:
      return read_back_has_room(outbox);
    default:
      return false;
  }
}

void collect_step(struct outbox *outbox) {
  bool goes_on = false;
  if (collect.activity == LISTING) goes_on = walk_step(&collect.walk, outbox);
  if (collect.activity == READING) goes_on = read_back_step(&collect.read, outbox);
  if (!goes_on) collect.activity = NOTHING;
}
