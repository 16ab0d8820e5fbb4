/* Lists the regular files below a folder, in small steps. */

#include "walk.h"

#include <string.h>

#include "../bytes.h"
#include "../clock.h"
#include "../frame.h"
#include "../syscalls.h"
#include "open-below.h"

/* Where things are in what getdents64 fills in, and in an entry of the queue. */
enum { DIRENT_SIZE_OFFSET = 16, DIRENT_NAME_OFFSET = 19 };
enum { QUEUED_HEADER_BYTES = 8 };
enum { ENTRY_HEADER_BYTES = 8 };

void walk_begin(struct walk *walk, int root, const struct walk_limits *limits) {
  walk->root = root;
  walk->folder = (int)open_below(root, NULL, 0, FLAG_READ | FLAG_DIRECTORY);
  walk->limits = *limits;
  if (walk->limits.path_bytes > MAX_PATH_BYTES) walk->limits.path_bytes = MAX_PATH_BYTES;
  walk->deadline_us = now_us() + (uint64_t)limits->time_ms * 1000;
  walk->missed = walk->folder < 0 ? MISSED_SHUT : 0;
  walk->depth = 0;
  walk->path_size = 0;
  walk->queue_head = walk->queue_tail = 0;
  walk->at = walk->end = 0;
}

bool walk_has_room(const struct walk *walk, const struct outbox *outbox) {
  return outbox_room(outbox) >= FRAME_HEADER_BYTES + ENTRY_HEADER_BYTES + walk->limits.path_bytes + OUTBOX_RESERVE_BYTES;
}

static void leave_folder(struct walk *walk) {
  if (walk->folder >= 0) sys_close(walk->folder);
  walk->folder = -1;
}

static void enqueue(struct walk *walk, size_t path_size) {
  if (walk->depth >= walk->limits.depth) {
    walk->missed |= MISSED_DEEP;
    return;
  }
  size_t size = QUEUED_HEADER_BYTES + path_size;
  if (walk->queue_tail + size > WALK_QUEUE_BYTES) {
    size_t used = walk->queue_tail - walk->queue_head;
    memmove(walk->queue, walk->queue + walk->queue_head, used);
    walk->queue_head = 0;
    walk->queue_tail = used;
  }
  if (walk->queue_tail + size > WALK_QUEUE_BYTES) {
    walk->missed |= MISSED_MORE;
    return;
  }
  uint8_t *to = put_u32(put_u32(walk->queue + walk->queue_tail, walk->depth + 1), (uint32_t)path_size);
  memcpy(to, walk->path, path_size);
  walk->queue_tail += size;
}

/* Returns false when none is left. */
static bool enter_next_folder(struct walk *walk) {
  while (walk->queue_head < walk->queue_tail) {
    const uint8_t *from = walk->queue + walk->queue_head;
    walk->depth = get_u32(from);
    walk->path_size = get_u32(from + 4);
    memcpy(walk->path, from + QUEUED_HEADER_BYTES, walk->path_size);
    walk->queue_head += QUEUED_HEADER_BYTES + walk->path_size;
    walk->folder = (int)open_below(walk->root, walk->path, walk->path_size, FLAG_READ | FLAG_DIRECTORY);
    walk->at = walk->end = 0;
    if (walk->folder >= 0) return true;
    walk->missed |= MISSED_SHUT;
  }
  return false;
}

/* Returns false when the folder has no more entries. */
static bool read_entries(struct walk *walk) {
  walk->at = 0;
  walk->end = sys_getdents(walk->folder, walk->entries, sizeof(walk->entries));
  if (walk->end < 0) walk->missed |= MISSED_SHUT;
  return walk->end > 0;
}

static void say(const uint8_t *path, size_t path_size, uint64_t file_size, struct outbox *outbox) {
  uint8_t *to = put_u64(outbox_reserve(outbox, ENTRY_HEADER_BYTES + path_size), file_size);
  memcpy(to, path, path_size);
  outbox_commit(outbox, FRAME_ENTRY, ENTRY_HEADER_BYTES + path_size);
}

static void look_at_entry(struct walk *walk, const char *name, struct outbox *outbox) {
  struct file_facts facts;
  size_t name_size = strlen(name), prefix = walk->path_size > 0 ? walk->path_size + 1 : 0;
  if (look_at(walk->folder, name, &facts) < 0) {
    walk->missed |= MISSED_SHUT;
    return;
  }
  if (!facts.is_regular && !facts.is_folder) return;
  if (prefix + name_size > walk->limits.path_bytes) {
    walk->missed |= MISSED_DEEP;
    return;
  }
  if (prefix > 0) walk->path[prefix - 1] = '/';
  memcpy(walk->path + prefix, name, name_size);
  if (facts.is_folder) {
    enqueue(walk, prefix + name_size);
  } else {
    say(walk->path, prefix + name_size, facts.size, outbox);
  }
}

static bool is_itself_or_parent(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

/* Returns false when a bound was reached. */
static bool look_at_entries(struct walk *walk, struct outbox *outbox) {
  while (walk->at < walk->end && walk_has_room(walk, outbox)) {
    const uint8_t *entry = walk->entries + walk->at;
    uint16_t size;
    memcpy(&size, entry + DIRENT_SIZE_OFFSET, sizeof(size));
    const char *name = (const char *)entry + DIRENT_NAME_OFFSET;
    if (!is_itself_or_parent(name)) {
      if (walk->limits.entries == 0) return false;
      walk->limits.entries--;
      look_at_entry(walk, name, outbox);
    }
    walk->at += size;
  }
  return true;
}

static bool end(struct walk *walk, struct outbox *outbox) {
  uint8_t payload[4];
  leave_folder(walk);
  put_u32(payload, walk->missed);
  outbox_put(outbox, FRAME_LIST_END, payload, sizeof(payload));
  return false;
}

bool walk_step(struct walk *walk, struct outbox *outbox) {
  if (!walk_has_room(walk, outbox)) return true;
  if (walk->folder < 0 && !enter_next_folder(walk)) return end(walk, outbox);
  if (walk->at >= walk->end && !read_entries(walk)) {
    leave_folder(walk);
    return true;
  }
  if (look_at_entries(walk, outbox) && now_us() < walk->deadline_us) return true;
  walk->missed |= MISSED_MORE;
  return end(walk, outbox);
}
