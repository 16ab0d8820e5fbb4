/* Sends one regular file's bytes, in small steps. */

#include "read-back.h"

#include "../bytes.h"
#include "../frame.h"
#include "../syscalls.h"
#include "open-below.h"

/* Whatever it is, opening it does not wait for anybody; only then can it be asked what it is. */
enum { OPEN_FLAGS = FLAG_READ | FLAG_NONBLOCK };

static long open_regular(int root, const uint8_t *path, size_t path_size) {
  struct file_facts facts;
  long fd = open_below(root, path, path_size, OPEN_FLAGS);
  if (fd < 0) return fd;
  long error = look_at((int)fd, "", &facts);
  if (error == 0 && !facts.is_regular) error = -ERROR_INVALID;
  if (error == 0) return fd;
  sys_close((int)fd);
  return error;
}

void read_back_begin(struct read_back *read, int root, const uint8_t *path, size_t path_size, uint64_t max_bytes) {
  long fd = open_regular(root, path, path_size);
  read->fd = fd < 0 ? -1 : (int)fd;
  read->error = fd < 0 ? (uint32_t)-fd : 0;
  read->left = max_bytes;
}

bool read_back_has_room(const struct outbox *outbox) {
  return outbox_room(outbox) >= FRAME_HEADER_BYTES + OUTPUT_CHUNK_BYTES + OUTBOX_RESERVE_BYTES;
}

static bool end(struct read_back *read, bool truncated, struct outbox *outbox) {
  uint8_t payload[5];
  if (read->fd >= 0) sys_close(read->fd);
  read->fd = -1;
  put_u8(put_u32(payload, read->error), truncated);
  outbox_put(outbox, FRAME_READ_END, payload, sizeof(payload));
  return false;
}

static long move_chunk(struct read_back *read, struct outbox *outbox) {
  size_t size = read->left < OUTPUT_CHUNK_BYTES ? (size_t)read->left : OUTPUT_CHUNK_BYTES;
  long got = sys_read(read->fd, outbox_reserve(outbox, size), size);
  if (got <= 0) return got;
  outbox_commit(outbox, FRAME_READ_DATA, (size_t)got);
  read->left -= (uint64_t)got;
  return got;
}

bool read_back_step(struct read_back *read, struct outbox *outbox) {
  if (!read_back_has_room(outbox)) return true;
  if (read->fd < 0) return end(read, false, outbox);
  if (read->left == 0) {
    uint8_t one_more;
    return end(read, sys_read(read->fd, &one_more, 1) > 0, outbox);
  }
  long moved = move_chunk(read, outbox);
  if (moved > 0 || moved == -ERROR_INTERRUPTED) return true;
  if (moved < 0) read->error = (uint32_t)-moved;
  return end(read, false, outbox);
}
