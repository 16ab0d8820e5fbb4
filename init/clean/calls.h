#pragma once
/* The kernel's calls that only cleaning needs: about folders, their entries and what is put on them. */

#include "../syscalls.h"

enum {
  ERROR_IO = 5,
  ERROR_FILE_TOO_BIG = 27,
  ERROR_NO_SPACE = 28,
  ERROR_NOT_EMPTY = 39,
  ERROR_NOT_SUPPORTED = 95,
  ERROR_IS_FOLDER = 21,
};

enum { NO_FOLLOW_LAST = 0x100, REMOVE_FOLDER = 0x200 };

/* The kinds in `file_status.mode`, and as getdents tells them. */
enum { MODE_KIND = 0170000, MODE_FOLDER = 0040000, MODE_FILE = 0100000, MODE_LINK = 0120000, MODE_PERMISSIONS = 07777 };

/* What getdents gives, one after another; `entry_size` leads to the next one. */
struct folder_entry {
  uint64_t inode;
  int64_t next_position;
  uint16_t entry_size;
  uint8_t kind;
  char name[];
};

static inline long sys_stat(int folder, const char *name, struct file_status *status) {
  return system_call(NR_newfstatat, folder, (long)name, (long)status, NO_FOLLOW_LAST, 0, 0);
}

static inline long sys_stat_open(int fd, struct file_status *status) {
  return system_call(NR_newfstatat, fd, (long)"", (long)status, 0x1000 /* AT_EMPTY_PATH */, 0, 0);
}

/* There is no call that refuses links: to be used only where there is none. */
static inline long sys_chmod_at(int folder, const char *name, uint32_t mode) {
  return system_call(NR_fchmodat, folder, (long)name, mode, 0, 0, 0);
}

static inline long sys_unlink(int folder, const char *name, int flags) {
  return system_call(NR_unlinkat, folder, (long)name, flags, 0, 0, 0);
}

static inline long sys_symlink(const char *target, int folder, const char *name) {
  return system_call(NR_symlinkat, (long)target, folder, (long)name, 0, 0, 0);
}

static inline long sys_readlink(int folder, const char *name, char *to, size_t size) {
  return system_call(NR_readlinkat, folder, (long)name, (long)to, (long)size, 0, 0);
}

/* Access and modification. Without a name it is the descriptor's own. */
static inline long sys_set_times(int fd, const char *name, const struct time_spec times[2]) {
  return system_call(NR_utimensat, fd, (long)name, (long)times, name == NULL ? 0 : NO_FOLLOW_LAST, 0, 0);
}

static inline long sys_seek(int fd, int64_t position) { return system_call(NR_lseek, fd, position, 0 /* SEEK_SET */, 0, 0, 0); }

static inline long sys_list_attributes(int fd, char *to, size_t size) {
  return system_call(NR_flistxattr, fd, (long)to, (long)size, 0, 0, 0);
}

static inline long sys_remove_attribute(int fd, const char *name) {
  return system_call(NR_fremovexattr, fd, (long)name, 0, 0, 0, 0);
}

static inline long sys_clear_file_flags(int fd) {
  long none = 0;
  return system_call(NR_ioctl, fd, 0x40086602 /* FS_IOC_SETFLAGS */, (long)&none, 0, 0, 0);
}

static inline long sys_memory_file(const char *name) {
  return system_call(NR_memfd_create, (long)name, 3 /* MFD_CLOEXEC | MFD_ALLOW_SEALING */, 0, 0, 0, 0);
}

static inline long sys_seal(int fd) {
  return system_call(NR_fcntl, fd, 1033 /* F_ADD_SEALS */, 15 /* SEAL, SHRINK, GROW and WRITE */, 0, 0, 0);
}
