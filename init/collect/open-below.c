/* Opens what lies below a folder, and follows no symbolic link on the way. */

#include "open-below.h"

#include <string.h>

#include "../path.h"
#include "../syscalls.h"

enum { FOLDER_FLAGS = FLAG_PATH | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC };

/* The same on every machine, unlike what stat fills in: see statx(2). */
enum { STATX_BYTES = 256, STATX_MODE_OFFSET = 28, STATX_SIZE_OFFSET = 40 };
enum { MODE_TYPE = 0170000, MODE_FOLDER = 0040000, MODE_REGULAR = 0100000 };

long open_below(int root, const uint8_t *path, size_t size, int flags) {
  static char copy[MAX_PATH_BYTES + 1];
  if (size > MAX_PATH_BYTES) return -ERROR_NAME_TOO_LONG;
  if (size > 0) memcpy(copy, path, size);
  copy[size] = 0;
  if (size == 0) return sys_openat(root, ".", flags | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  long folder = root;
  char *part = copy;
  for (char *at = copy; *at != 0; at++) {
    if (*at != '/') continue;
    *at = 0;
    long next = sys_openat((int)folder, part, FOLDER_FLAGS, 0);
    if (folder != root) sys_close((int)folder);
    if (next < 0) return next;
    folder = next;
    part = at + 1;
  }
  long opened = sys_openat((int)folder, part, flags | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  if (folder != root) sys_close((int)folder);
  return opened;
}

long look_at(int fd, const char *name, struct file_facts *facts) {
  uint8_t status[STATX_BYTES] __attribute__((aligned(8)));
  uint16_t mode;
  long error = sys_statx(fd, name, status);
  if (error < 0) return error;
  memcpy(&mode, status + STATX_MODE_OFFSET, sizeof(mode));
  memcpy(&facts->size, status + STATX_SIZE_OFFSET, sizeof(facts->size));
  facts->is_regular = (mode & MODE_TYPE) == MODE_REGULAR;
  facts->is_folder = (mode & MODE_TYPE) == MODE_FOLDER;
  return 0;
}
