/* Reaches for PID 1: its memory, its descriptors, its limits and its life. One line each: its name, and the error or `allowed`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void report(const char *name, long result) {
  printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "allowed");
}

static void files(void) {
  const char *const read_only[] = {"mem",  "environ", "maps",      "smaps", "auxv",    "stack",   "io",      "syscall",
                                   "fd/0", "fd/1",    "fd/2",      "fd/3",  "root/",   "cwd/",    "exe",     "map_files/",
                                   "fd/",  "fdinfo/", "task/1/mem", "personality", "pagemap", "ns/net"};
  const char *const writable[] = {"mem", "fd/1", "oom_score_adj", "oom_adj", "coredump_filter", "clear_refs", "uid_map", "autogroup"};
  char path[64], name[64];
  for (unsigned index = 0; index < sizeof(read_only) / sizeof(read_only[0]); index++) {
    snprintf(path, sizeof(path), "/proc/1/%s", read_only[index]);
    snprintf(name, sizeof(name), "read-%s", read_only[index]);
    report(name, open(path, O_RDONLY));
  }
  for (unsigned index = 0; index < sizeof(writable) / sizeof(writable[0]); index++) {
    snprintf(path, sizeof(path), "/proc/1/%s", writable[index]);
    snprintf(name, sizeof(name), "write-%s", writable[index]);
    report(name, open(path, O_WRONLY));
  }
}

static void memory(void) {
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);
  report("ptrace-attach", ptrace(PTRACE_ATTACH, 1, 0, 0));
  report("ptrace-seize", ptrace(PTRACE_SEIZE, 1, 0, 0));
  report("process-vm-readv", process_vm_readv(1, &here, 1, &there, 1, 0));
  report("process-vm-writev", process_vm_writev(1, &here, 1, &there, 1, 0));
  for (int fd = 0; fd < 3; fd++) report("pidfd-getfd", syscall(SYS_pidfd_getfd, pidfd, fd, 0));
  report("process-madvise", syscall(SYS_process_madvise, pidfd, &there, 1, 21 /* MADV_PAGEOUT */, 0));
  report("kcmp", syscall(SYS_kcmp, 1, getpid(), 0, 0, 0));
  report("move-pages", syscall(SYS_move_pages, 1, 0, NULL, NULL, NULL, 0));
}

static void limits(void) {
  struct rlimit none = {0, 0};
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  report("prlimit-cpu", prlimit(1, RLIMIT_CPU, &none, NULL));
  report("prlimit-files", prlimit(1, RLIMIT_NOFILE, &none, NULL));
  report("prlimit-core", prlimit(1, RLIMIT_CORE, &none, NULL));
  report("scheduler", sched_setscheduler(1, SCHED_IDLE, &(struct sched_param){0}));
  report("affinity", sched_setaffinity(1, sizeof(first), &first));
  report("priority", setpriority(PRIO_PROCESS, 1, 19));
  report("priority-of-group", setpriority(PRIO_PGRP, 1, 19));
  report("priority-of-user", setpriority(PRIO_USER, getuid(), 19));
  report("io-priority", syscall(SYS_ioprio_set, 1, 1, 3 << 13));
  report("join-its-group", setpgid(0, 1));
}

static void signals(void) {
  int ends[2];
  for (int number = 1; number <= 64; number++) {
    kill(1, number);
    sigqueue(1, number, (union sigval){.sival_int = 1});
  }
  /* The kernel itself sends this one, when the pipe gets something to read. */
  if (pipe(ends) != 0) return;
  fcntl(ends[0], F_SETOWN, 1);
  fcntl(ends[0], F_SETSIG, SIGKILL);
  fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
  if (write(ends[1], "x", 1) == 1) puts("signals sent");
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  files();
  memory();
  limits();
  signals();
}
