/* Copies a tree into a file in memory. */

#include "copy.h"

#include <string.h>

enum { CHUNK_BYTES = 64 * 1024 };

void copy_begin(struct copying *copying, int folder, int to, uint64_t room_bytes) {
  copying->folder = folder;
  copying->to = to;
  copying->file = -1;
  copying->depth = 0;
  copying->room_bytes = room_bytes;
  copying->file_bytes = 0;
  entries_forget(&copying->entries);
}

static long put(struct copying *copying, const void *bytes, size_t size) {
  if (size > copying->room_bytes) return -ERROR_FILE_TOO_BIG;
  copying->room_bytes -= size;
  for (const uint8_t *from = bytes; size > 0;) {
    long wrote = sys_write(copying->to, from, size);
    if (wrote == -ERROR_INTERRUPTED) continue;
    if (wrote <= 0) return wrote == 0 ? -ERROR_IO : wrote;
    from += wrote;
    size -= (size_t)wrote;
  }
  return 0;
}

static long put_record(struct copying *copying, const struct record *record, const char *name) {
  long error = put(copying, record, sizeof(*record));
  return error < 0 ? error : put(copying, name, record->name_size + 1);
}

static struct record record_of(const struct file_status *status, enum record_kind kind, const char *name) {
  return (struct record){
      .kind = kind,
      .mode = status->mode & MODE_PERMISSIONS,
      .modified = {status->modified_seconds, status->modified_nanoseconds},
      .size = kind == RECORD_FILE ? (uint64_t)status->size : 0,
      .name_size = (uint32_t)strlen(name),
  };
}

/* What a mode keeps from being read is read after the mode is out of the way: it is in the record already. */
static long open_anyway(int folder, const char *name, const struct file_status *status, uint32_t needed) {
  int flags = FLAG_READ | FLAG_NOFOLLOW | FLAG_NONBLOCK | FLAG_CLOEXEC;
  if ((status->mode & needed) != needed) {
    long error = sys_chmod_at(folder, name, needed);
    if (error < 0) return error;
  }
  return sys_openat(folder, name, flags, 0);
}

static long begin_file(struct copying *copying, const struct file_status *status, const char *name) {
  const struct record record = record_of(status, RECORD_FILE, name);
  /* Before a byte of it: a sparse file may be much longer than all there is. */
  if (record.size > copying->room_bytes) return -ERROR_FILE_TOO_BIG;
  long error = put_record(copying, &record, name);
  if (error < 0) return error;
  long file = open_anyway(copying->folder, name, status, 0400);
  if (file < 0) return file;
  copying->file = (int)file;
  copying->file_bytes = record.size;
  return 1;
}

static long copy_chunk(struct copying *copying) {
  static uint8_t chunk[CHUNK_BYTES];
  if (copying->file_bytes == 0) {
    sys_close(copying->file);
    copying->file = -1;
    return 1;
  }
  size_t wanted = copying->file_bytes < sizeof(chunk) ? (size_t)copying->file_bytes : sizeof(chunk);
  long got = sys_read(copying->file, chunk, wanted);
  if (got == -ERROR_INTERRUPTED) return 1;
  if (got <= 0) return got == 0 ? -ERROR_IO : got;
  copying->file_bytes -= (uint64_t)got;
  long error = put(copying, chunk, (size_t)got);
  return error < 0 ? error : 1;
}

static long copy_link(struct copying *copying, const struct file_status *status, const char *name) {
  static char target[TARGET_BYTES + 1];
  struct record record = record_of(status, RECORD_LINK, name);
  long size = sys_readlink(copying->folder, name, target, sizeof(target));
  if (size < 0) return size;
  if (size > TARGET_BYTES) return -ERROR_NAME_TOO_LONG;
  target[size] = 0;
  record.size = (uint64_t)size + 1;
  long error = put_record(copying, &record, name);
  if (error == 0) error = put(copying, target, record.size);
  return error < 0 ? error : 1;
}

static long go_down(struct copying *copying, const struct file_status *status, const struct folder_entry *entry) {
  const struct record record = record_of(status, RECORD_FOLDER, entry->name);
  if (copying->depth == MAX_DEPTH) return -ERROR_NAME_TOO_LONG;
  long error = put_record(copying, &record, entry->name);
  if (error < 0) return error;
  long folder = open_anyway(copying->folder, entry->name, status, 0700);
  if (folder < 0) return folder;
  struct copy_level *level = &copying->levels[copying->depth++];
  level->position = entry->next_position;
  level->end = record;
  level->end.kind = RECORD_FOLDER_END;
  level->end.name_size = 0;
  sys_close(copying->folder);
  copying->folder = (int)folder;
  entries_forget(&copying->entries);
  return 1;
}

static long go_up(struct copying *copying) {
  const struct copy_level *level = &copying->levels[--copying->depth];
  long error = put_record(copying, &level->end, "");
  if (error < 0) return error;
  long parent = sys_openat(copying->folder, "..", FLAG_READ | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  if (parent < 0) return parent;
  sys_close(copying->folder);
  copying->folder = (int)parent;
  entries_forget(&copying->entries);
  error = sys_seek(copying->folder, level->position);
  return error < 0 ? error : 1;
}

static long copy_entry(struct copying *copying, const struct folder_entry *entry) {
  struct file_status status;
  long error = sys_stat(copying->folder, entry->name, &status);
  if (error < 0) return error;
  switch (status.mode & MODE_KIND) {
    case MODE_FILE:
      return begin_file(copying, &status, entry->name);
    case MODE_LINK:
      return copy_link(copying, &status, entry->name);
    case MODE_FOLDER:
      return go_down(copying, &status, entry);
    default:
      /* Pipes, sockets: what a program left there was for itself. */
      return 1;
  }
}

static long step(struct copying *copying) {
  if (copying->file >= 0) return copy_chunk(copying);
  long error = 0;
  const struct folder_entry *entry = entries_next(&copying->entries, copying->folder, &error);
  if (error < 0) return error;
  if (entry != NULL) return copy_entry(copying, entry);
  return copying->depth == 0 ? 0 : go_up(copying);
}

long copy_step(struct copying *copying) {
  long result = step(copying);
  if (result > 0) return result;
  sys_close(copying->folder);
  if (copying->file >= 0) sys_close(copying->file);
  copying->folder = copying->file = -1;
  return result;
}
