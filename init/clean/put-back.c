/* Makes a copied tree again. */

#include "put-back.h"

enum { CHUNK_BYTES = 64 * 1024, NEW_FOLDER_MODE = 0700, NEW_FILE_MODE = 0600 };

void put_back_begin(struct putting_back *putting, int folder, int from) {
  *putting = (struct putting_back){.folder = folder, .from = from, .file = -1};
}

/* Returns 1 when all of it was read, 0 at the end of the copy. */
static long get(struct putting_back *putting, void *to, size_t size) {
  for (size_t got = 0; got < size;) {
    long more = sys_pread(putting->from, (uint8_t *)to + got, size - got, putting->position);
    if (more == -ERROR_INTERRUPTED) continue;
    if (more < 0) return more;
    if (more == 0) return got == 0 ? 0 : -ERROR_IO;
    got += (size_t)more;
    putting->position += more;
  }
  return 1;
}

static long set_times(const struct putting_back *putting, int fd, const char *name) {
  const struct time_spec times[2] = {putting->record.modified, putting->record.modified};
  return sys_set_times(fd, name, times);
}

static long begin_file(struct putting_back *putting, const char *name) {
  int flags = FLAG_WRITE | FLAG_CREATE | FLAG_EXCLUSIVE | FLAG_NOFOLLOW | FLAG_CLOEXEC;
  long file = sys_openat(putting->folder, name, flags, NEW_FILE_MODE);
  if (file < 0) return file;
  putting->file = (int)file;
  putting->file_bytes = putting->record.size;
  return 1;
}

static long end_file(struct putting_back *putting) {
  long error = sys_fchmod(putting->file, putting->record.mode);
  if (error == 0) error = set_times(putting, putting->file, NULL);
  sys_close(putting->file);
  putting->file = -1;
  return error < 0 ? error : 1;
}

static long write_all(int fd, const uint8_t *bytes, long size) {
  while (size > 0) {
    long wrote = sys_write(fd, bytes, (size_t)size);
    if (wrote == -ERROR_INTERRUPTED) continue;
    if (wrote <= 0) return wrote == 0 ? -ERROR_IO : wrote;
    bytes += wrote;
    size -= wrote;
  }
  return 1;
}

static long write_chunk(struct putting_back *putting) {
  static uint8_t chunk[CHUNK_BYTES];
  if (putting->file_bytes == 0) return end_file(putting);
  size_t size = putting->file_bytes < sizeof(chunk) ? (size_t)putting->file_bytes : sizeof(chunk);
  long got = get(putting, chunk, size);
  if (got <= 0) return got == 0 ? -ERROR_IO : got;
  putting->file_bytes -= size;
  return write_all(putting->file, chunk, (long)size);
}

static long make_link(struct putting_back *putting, const char *name) {
  static char target[TARGET_BYTES + 1];
  if (putting->record.size > sizeof(target)) return -ERROR_IO;
  long got = get(putting, target, putting->record.size);
  if (got <= 0) return got == 0 ? -ERROR_IO : got;
  long error = sys_symlink(target, putting->folder, name);
  if (error == 0) error = set_times(putting, putting->folder, name);
  return error < 0 ? error : 1;
}

static long move_to(struct putting_back *putting, const char *name) {
  long next = sys_openat(putting->folder, name, FLAG_READ | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  if (next < 0) return next;
  sys_close(putting->folder);
  putting->folder = (int)next;
  return 1;
}

static long begin_folder(struct putting_back *putting, const char *name) {
  long error = sys_mkdirat(putting->folder, name, NEW_FOLDER_MODE);
  if (error == 0) error = move_to(putting, name);
  if (error > 0) putting->depth++;
  return error;
}

/* Its mode and times come last: each entry changes its times, and its mode could shut us out of it. */
static long end_folder(struct putting_back *putting) {
  if (putting->depth == 0) return -ERROR_IO;
  int folder = putting->folder;
  long parent = sys_openat(folder, "..", FLAG_READ | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  if (parent < 0) return parent;
  putting->folder = (int)parent;
  putting->depth--;
  long error = sys_fchmod(folder, putting->record.mode);
  if (error == 0) error = set_times(putting, folder, NULL);
  sys_close(folder);
  return error < 0 ? error : 1;
}

static long next_record(struct putting_back *putting) {
  static char name[NAME_BYTES + 1];
  long got = get(putting, &putting->record, sizeof(putting->record));
  if (got <= 0) return got;
  if (putting->record.name_size > NAME_BYTES) return -ERROR_IO;
  got = get(putting, name, putting->record.name_size + 1);
  if (got <= 0) return got == 0 ? -ERROR_IO : got;
  switch (putting->record.kind) {
    case RECORD_FILE:
      return begin_file(putting, name);
    case RECORD_LINK:
      return make_link(putting, name);
    case RECORD_FOLDER:
      return begin_folder(putting, name);
    case RECORD_FOLDER_END:
      return end_folder(putting);
    default:
      return -ERROR_IO;
  }
}

long put_back_step(struct putting_back *putting) {
  long result = putting->file >= 0 ? write_chunk(putting) : next_record(putting);
  if (result > 0) return result;
  if (putting->file >= 0) sys_close(putting->file);
  sys_close(putting->folder);
  putting->folder = putting->file = -1;
  return result;
}
