#pragma once
/* The kernel's calls that init uses, by name. Each returns what the kernel returns: a negative errno on failure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include "arch/x86_64.h"
#elif defined(__aarch64__)
#include "arch/aarch64.h"
#else
#error "init knows x86_64 and aarch64"
#endif

enum {
  ERROR_PERMISSION = 1,
  ERROR_NO_ENTRY = 2,
  ERROR_INTERRUPTED = 4,
  ERROR_ARGUMENTS_TOO_LONG = 7,
  ERROR_NOT_EXECUTABLE = 8,
  ERROR_NO_CHILD = 10,
  ERROR_AGAIN = 11,
  ERROR_NO_MEMORY = 12,
  ERROR_ACCESS = 13,
  ERROR_EXISTS = 17,
  ERROR_NOT_FOLDER = 20,
  ERROR_INVALID = 22,
  ERROR_FILE_BUSY = 26,
  ERROR_PIPE = 32,
  ERROR_NAME_TOO_LONG = 36,
  ERROR_NO_SYSTEM_CALL = 38,
  ERROR_LOOP = 40,
  ERROR_PROTOCOL = 93,
  ERROR_TIMED_OUT = 110,
  ERROR_CANCELED = 125,
  ERROR_SOCKET_TYPE = 94,
  ERROR_ADDRESS_FAMILY = 97,
};

enum {
  FLAG_READ = 0,
  FLAG_WRITE = 01,
  FLAG_READ_WRITE = 02,
  FLAG_CREATE = 0100,
  FLAG_EXCLUSIVE = 0200,
  FLAG_NO_CONTROLLING_TERMINAL = 0400,
  FLAG_NONBLOCK = 04000,
  FLAG_CLOEXEC = 02000000,
  FLAG_PATH = 010000000,
  CURRENT_FOLDER = -100,
};

enum { SIGNAL_KILL = 9, SIGNAL_TRAP = 5, SIGNAL_CHILD = 17, SIGNAL_CPU_TIME = 24, SIGNAL_FILE_SIZE = 25, SIGNAL_LAST = 64 };
enum { POLL_IN = 1, POLL_OUT = 4, POLL_ERROR = 8, POLL_HANGUP = 16 };
enum { LIMIT_CPU = 0, LIMIT_FILE_SIZE = 1, LIMIT_CORE = 4, LIMIT_OPEN_FILES = 7 };
enum { PROCESS_SET_DUMPABLE = 4, PROCESS_SET_SECCOMP = 22, PROCESS_SET_NO_NEW_PRIVILEGES = 38 };
enum { WAIT_NO_HANG = 1, WAIT_ALL_KINDS = 0x40000000 };
enum { CLOCK_MONOTONIC_ID = 1, CLOCK_OWN_CPU = 2 };

struct time_spec {
  int64_t seconds;
  int64_t nanoseconds;
};

struct poll_entry {
  int fd;
  int16_t events;
  int16_t returned;
};

struct resource_usage {
  int64_t user_seconds, user_microseconds, system_seconds, system_microseconds;
  int64_t max_resident_kib;
  int64_t unused[13];
};

struct resource_limit {
  uint64_t soft, hard;
};

struct file_system_status {
  int64_t type, block_size;
  uint64_t blocks, blocks_free, blocks_available, inodes, inodes_free;
  int64_t unused[8];
};

static inline long sys_read(int fd, void *to, size_t size) { return system_call(NR_read, fd, (long)to, (long)size, 0, 0, 0); }

static inline long sys_write(int fd, const void *from, size_t size) {
  return system_call(NR_write, fd, (long)from, (long)size, 0, 0, 0);
}

static inline long sys_pread(int fd, void *to, size_t size, long offset) {
  return system_call(NR_pread64, fd, (long)to, (long)size, offset, 0, 0);
}

static inline long sys_close(int fd) { return system_call(NR_close, fd, 0, 0, 0, 0, 0); }

static inline long sys_openat(int folder, const char *path, int flags, uint32_t mode) {
  return system_call(NR_openat, folder, (long)path, flags, mode, 0, 0);
}

static inline long sys_mkdirat(int folder, const char *path, uint32_t mode) {
  return system_call(NR_mkdirat, folder, (long)path, mode, 0, 0, 0);
}

static inline long sys_make_pipe(int folder, const char *name, uint32_t mode) {
  return system_call(NR_mknodat, folder, (long)name, 0010000 /* S_IFIFO */ | mode, 0, 0, 0);
}

static inline long sys_fchmod(int fd, uint32_t mode) { return system_call(NR_fchmod, fd, mode, 0, 0, 0, 0); }
static inline long sys_fchdir(int fd) { return system_call(NR_fchdir, fd, 0, 0, 0, 0, 0); }
static inline long sys_umask(uint32_t mask) { return system_call(NR_umask, mask, 0, 0, 0, 0, 0); }

static inline long sys_faccessat(int folder, const char *path, int mode) {
  return system_call(NR_faccessat, folder, (long)path, mode, 0, 0, 0);
}

static inline long sys_getdents(int fd, void *to, size_t size) {
  return system_call(NR_getdents64, fd, (long)to, (long)size, 0, 0, 0);
}

/* Follows no symbolic link. `name` empty: of the descriptor itself. */
static inline long sys_statx(int folder, const char *name, void *to) {
  const int flags = 0x100 /* AT_SYMLINK_NOFOLLOW */ | 0x1000 /* AT_EMPTY_PATH */;
  return system_call(NR_statx, folder, (long)name, flags, 0x7ff /* STATX_BASIC_STATS */, (long)to, 0);
}

static inline long sys_fstatfs(int fd, struct file_system_status *status) {
  return system_call(NR_fstatfs, fd, (long)status, 0, 0, 0, 0);
}

static inline long sys_pipe(int ends[2], int flags) { return system_call(NR_pipe2, (long)ends, flags, 0, 0, 0, 0); }
/* At any free place from `least` on. */
static inline long sys_duplicate(int fd, int least) {
  return system_call(NR_fcntl, fd, 1030 /* F_DUPFD_CLOEXEC */, least, 0, 0, 0);
}

static inline long sys_ioctl(int fd, unsigned request, long argument) {
  return system_call(NR_ioctl, fd, (long)request, argument, 0, 0, 0);
}

static inline long sys_dup(int from, int to, int flags) { return system_call(NR_dup3, from, to, flags, 0, 0, 0); }

/* Absent before Linux 5.9; all our descriptors are close-on-exec anyway. */
static inline long sys_close_from(int first) { return system_call(NR_close_range, first, 0x7fffffff, 0, 0, 0, 0); }

static inline long sys_get_status_flags(int fd) { return system_call(NR_fcntl, fd, 3, 0, 0, 0, 0); }
static inline long sys_set_status_flags(int fd, long flags) { return system_call(NR_fcntl, fd, 4, flags, 0, 0, 0); }

/* Moves bytes from a pipe without looking at them, and never waits for more. */
static inline long sys_splice(int from, int to, size_t size) {
  return system_call(NR_splice, from, 0, to, 0, (long)size, 2 /* SPLICE_F_NONBLOCK */);
}

/* The kernel leaves in `timeout` what was not used of it. */
static inline long sys_poll(struct poll_entry *entries, size_t count, struct time_spec *timeout) {
  return system_call(NR_ppoll, (long)entries, (long)count, (long)timeout, 0, 8, 0);
}

static inline long sys_signalfd(uint64_t mask) {
  return system_call(NR_signalfd4, -1, (long)&mask, 8, FLAG_NONBLOCK | FLAG_CLOEXEC, 0, 0);
}

static inline long sys_set_signal_mask(uint64_t mask) {
  return system_call(NR_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)&mask, 0, 8, 0, 0);
}

static inline long sys_default_signal(int signal) {
  const uint64_t action[4] = {0};
  return system_call(NR_rt_sigaction, signal, (long)action, 0, 8, 0, 0);
}

static inline long sys_fork(void) { return system_call(NR_clone, SIGNAL_CHILD, 0, 0, 0, 0, 0); }

static inline long sys_execve(const char *path, char *const *arguments, char *const *variables) {
  return system_call(NR_execve, (long)path, (long)arguments, (long)variables, 0, 0, 0);
}

static inline long sys_wait(int pid, int *status, int options, struct resource_usage *usage) {
  return system_call(NR_wait4, pid, (long)status, options, (long)usage, 0, 0);
}

static inline long sys_kill(int pid, int signal) { return system_call(NR_kill, pid, signal, 0, 0, 0, 0); }
static inline long sys_ptrace_detach(int pid, int signal) { return system_call(NR_ptrace, 17, pid, 0, signal, 0, 0); }
static inline long sys_setsid(void) { return system_call(NR_setsid, 0, 0, 0, 0, 0, 0); }
static inline long sys_getpid(void) { return system_call(NR_getpid, 0, 0, 0, 0, 0, 0); }
static inline long sys_prctl(int what, long a, long b) { return system_call(NR_prctl, what, a, b, 0, 0, 0); }

static inline long sys_set_limit(int which, uint64_t value) {
  const struct resource_limit limit = {value, value};
  return system_call(NR_prlimit64, 0, which, (long)&limit, 0, 0, 0);
}

static inline long sys_children_usage(struct resource_usage *usage) {
  return system_call(NR_getrusage, -1, (long)usage, 0, 0, 0, 0);
}

static inline long sys_clock(int clock, struct time_spec *time) {
  return system_call(NR_clock_gettime, clock, (long)time, 0, 0, 0, 0);
}

static inline long sys_forget_pages(void *from, size_t size) {
  return system_call(NR_madvise, (long)from, (long)size, 4 /* MADV_DONTNEED */, 0, 0, 0);
}

__attribute__((noreturn)) static inline void sys_exit(int code) {
  for (;;) system_call(NR_exit_group, code, 0, 0, 0, 0, 0);
}
