/* Is one of the sandbox's writable file systems full? */

#include "disk.h"

#include "../syscalls.h"

enum { TMPFS = 0x01021994, COUNT = 3 };

static const char *const places[COUNT] = {"/code", "/tmp", "/dev/shm"};
static int descriptors[COUNT] = {-1, -1, -1};

void disk_open(void) {
  for (int index = 0; index < COUNT; index++) {
    descriptors[index] = (int)sys_openat(CURRENT_FOLDER, places[index], FLAG_PATH | FLAG_DIRECTORY | FLAG_CLOEXEC, 0);
  }
}

/* Only a tmpfs counts: anything else is the host's disk, or the read-only image. Zero blocks means that it has no limit. */
static bool is_full(int fd) {
  struct file_system_status status = {0};
  if (fd < 0 || sys_fstatfs(fd, &status) < 0 || status.type != TMPFS) return false;
  return (status.blocks > 0 && status.blocks_available == 0) || (status.inodes > 0 && status.inodes_free == 0);
}

bool disk_is_full(void) {
  for (int index = 0; index < COUNT; index++) {
    if (is_full(descriptors[index])) return true;
  }
  return false;
}
