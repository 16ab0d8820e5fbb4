/* One of the folders that a program may write to, itself. */

#include "root.h"

#include <string.h>

/* A file system that keeps more than this of them is not one that programs write to here. */
enum { ATTRIBUTES_BYTES = 64 * 1024 };

void root_remember(struct root *root, const char *path) {
  struct file_status status = {0};
  root->path = path;
  long error = sys_stat(CURRENT_FOLDER, path, &status);
  root->mode = error < 0 ? 0755 : status.mode & MODE_PERMISSIONS;
  root->modified = (struct time_spec){status.modified_seconds, status.modified_nanoseconds};
}

/* Access lists are attributes too, and a default one would be passed on to every new file. */
static long remove_attributes(int fd) {
  static char names[ATTRIBUTES_BYTES];
  long size = sys_list_attributes(fd, names, sizeof(names));
  if (size == -ERROR_NOT_SUPPORTED || size == -ERROR_NO_SYSTEM_CALL) return 0;
  if (size < 0) return size;
  for (long at = 0; at < size; at += (long)strlen(names + at) + 1) {
    /* What the kernel or the engine put there is neither ours nor the program's to change. */
    if (memcmp(names + at, "security.", 9) == 0 || memcmp(names + at, "trusted.", 8) == 0) continue;
    long error = sys_remove_attribute(fd, names + at);
    if (error < 0) return error;
  }
  return 0;
}

long root_open(const struct root *root) {
  /* By its path, because a descriptor that needs no permission is good for nothing here. Nobody can move it. */
  long error = sys_chmod_at(CURRENT_FOLDER, root->path, 0700);
  if (error < 0) return error;
  long fd = sys_openat(CURRENT_FOLDER, root->path, FLAG_READ | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  if (fd < 0) return fd;
  /* Most file systems have none. */
  sys_clear_file_flags((int)fd);
  error = remove_attributes((int)fd);
  if (error == 0) return fd;
  sys_close((int)fd);
  return error;
}

long root_settle(const struct root *root) {
  const struct time_spec times[2] = {root->modified, root->modified};
  long error = sys_chmod_at(CURRENT_FOLDER, root->path, root->mode);
  return error < 0 ? error : sys_set_times(CURRENT_FOLDER, root->path, times);
}
