/* What a hostile program tries. Compiled statically on the host and sent into the sandbox as a file. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One line each: its name, and the name of the error or `allowed`. */
static void report(const char *name, long result) {
  printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "allowed");
  fflush(stdout);
}

static void report_open(const char *name, const char *path, int flags) { report(name, open(path, flags)); }

static void attack_init(void) {
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
  struct rlimit none = {0, 0};
  struct sched_param plain = {0};
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  report("ptrace-attach", ptrace(PTRACE_ATTACH, 1, 0, 0));
  report("ptrace-seize", ptrace(PTRACE_SEIZE, 1, 0, 0));
  report("process-vm-readv", process_vm_readv(1, &here, 1, &there, 1, 0));
  report("process-vm-writev", process_vm_writev(1, &here, 1, &there, 1, 0));
  report_open("proc-mem", "/proc/1/mem", O_RDWR);
  report_open("proc-fd-list", "/proc/1/fd", O_RDONLY | O_DIRECTORY);
  report_open("proc-fd-0", "/proc/1/fd/0", O_RDONLY);
  report_open("proc-fd-1", "/proc/1/fd/1", O_WRONLY);
  report_open("proc-environ", "/proc/1/environ", O_RDONLY);
  report_open("proc-oom-score", "/proc/1/oom_score_adj", O_WRONLY);
  report_open("proc-cgroup-procs", "/sys/fs/cgroup/memory/memory.limit_in_bytes", O_WRONLY);
  report("pidfd-getfd", syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 1, 0));
  report("prlimit", prlimit(1, RLIMIT_NOFILE, &none, NULL));
  report("sched-setscheduler", sched_setscheduler(1, SCHED_IDLE, &plain));
  report("sched-setaffinity", sched_setaffinity(1, sizeof(first), &first));
  report("setpriority", setpriority(PRIO_PROCESS, 1, 19));
  report("setpriority-group", setpriority(PRIO_PGRP, 1, 19));
  report("setpriority-user", setpriority(PRIO_USER, 0, 19));
  report("ioprio-set", syscall(SYS_ioprio_set, 1, 1, 3 << 13));
}

static void attack_kernel(void) {
  report("unshare", unshare(CLONE_NEWUSER));
  report("setns", setns(0, 0));
  report("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0));
  report("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  report("chroot", chroot("/tmp"));
  report("clone-new-user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  report("clone3", syscall(SYS_clone3, NULL, 0));
  report("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  report("bpf", syscall(SYS_bpf, 0, NULL, 0));
  report("perf-event-open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
  report("io-uring-setup", syscall(SYS_io_uring_setup, 1, NULL));
  report("userfaultfd", syscall(SYS_userfaultfd, 1));
  report("personality", personality(ADDR_NO_RANDOMIZE));
  report("vsock", socket(40, SOCK_STREAM, 0));
  report("packet", socket(17, SOCK_RAW, 0));
  report("alg", socket(38, SOCK_SEQPACKET, 0));
  report("netlink-uevents", socket(16, SOCK_RAW, 15));
  report("sctp", socket(AF_INET, SOCK_SEQPACKET, 132));
  report("mptcp", socket(AF_INET, SOCK_STREAM, 262));
  report("raw", socket(AF_INET, SOCK_RAW, 1));
  report("line-discipline", ioctl(open("/dev/ptmx", O_RDWR | O_NOCTTY), TIOCSETD, &(int){0}));
  report("io-setup", syscall(SYS_io_setup, 1, NULL));
  report("clock-settime", clock_settime(CLOCK_REALTIME, &(struct timespec){0, 0}));
}

static void signal_init(void) {
  for (int number = 1; number <= 64; number++) kill(1, number);
  /* The kernel itself would send this one, when the pipe gets something to read. */
  int ends[2];
  if (pipe(ends) != 0) exit(1);
  fcntl(ends[0], F_SETOWN, 1);
  fcntl(ends[0], F_SETSIG, SIGKILL);
  fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
  if (write(ends[1], "x", 1) != 1) exit(1);
  puts("still here");
}

static void ignore_signal(int number) { (void)number; }

static void be_traced_by_parent(void) {
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  signal(SIGUSR1, ignore_signal);
  raise(SIGUSR1);
  puts("went on");
}

/* Leaves stdout in a message that two sockets have on the way to each other: nobody holds it, yet it is open. */
static void hide_stdout(void) {
  int ends[2], sent[3] = {1};
  char control[CMSG_SPACE(sizeof(sent))] = {0}, byte = 0;
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) exit(1);
  sent[1] = ends[0];
  sent[2] = ends[1];
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(sent));
  memcpy(CMSG_DATA(header), sent, sizeof(sent));
  puts("hidden");
  fflush(stdout);
  if (sendmsg(ends[0], &message, 0) != 1) exit(1);
}

static void fork_without_end(void) {
  for (;;) fork();
}

static void take_memory(void) {
  const size_t step = 1 << 20;
  for (;;) {
    char *block = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) exit(1);
    memset(block, 1, step);
  }
}

/* A child of init whose death sends no signal to it, made by a sibling. */
static void clone_silent_sibling(void) {
  if (syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0) == 0) {
    for (;;) pause();
  }
  puts("left it");
}

static void burn_in_a_group(void) {
  for (int index = 0; index < 4; index++) {
    if (fork() == 0) break;
  }
  for (volatile unsigned long count = 0;; count++) {
  }
}

static void write_too_large_a_file(void) {
  int file = open("/code/large", O_WRONLY | O_CREAT, 0600);
  char block[4096] = {0};
  while (write(file, block, sizeof(block)) > 0) {
  }
}

static void open_too_many_files(void) {
  while (open("/dev/null", O_RDONLY) >= 0) {
  }
  printf("%s\n", strerrorname_np(errno));
  fflush(stdout);
  /* Until the end of stdin, so that there is something to see. */
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

/* Orphans of init that each stop for their tracer, which is init, as fast as it lets them go. */
static void stop_without_end(void) {
  for (int index = 0; index < 60; index++) {
    if (fork() != 0) continue;
    if (fork() != 0) exit(0);
    while (getppid() != 1) sched_yield();
    signal(SIGUSR1, ignore_signal);
    for (;;) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGUSR1);
    }
  }
  while (wait(NULL) > 0) {
  }
  puts("begun");
  fflush(stdout);
  for (;;) pause();
}

/* Were both told of the other's exit, each would wait for the other in it, and nothing would end that, not even for whoever
   runs this: only one side tries. */
static void trace_each_other(void) {
  int parent = getpid(), child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_SEIZE, parent, 0, 0) != 0) exit(1);
  } else {
    report("trace-exit", ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEEXIT));
    if (ptrace(PTRACE_SEIZE, child, 0, 0) != 0) exit(1);
  }
  for (;;) pause();
}

static void write_bytes_one_by_one(void) {
  for (int index = 0; index < 50000; index++) {
    if (write(1, "o", 1) != 1 || write(2, "e", 1) != 1) exit(1);
  }
}

static const struct {
  const char *name;
  void (*run)(void);
} attacks[] = {
    {"init", attack_init},
    {"kernel", attack_kernel},
    {"signals", signal_init},
    {"traceme", be_traced_by_parent},
    {"hide-stdout", hide_stdout},
    {"fork-bomb", fork_without_end},
    {"memory", take_memory},
    {"silent-sibling", clone_silent_sibling},
    {"burn", burn_in_a_group},
    {"large-file", write_too_large_a_file},
    {"open-files", open_too_many_files},
    {"stop", stop_without_end},
    {"trace-each-other", trace_each_other},
    {"byte-by-byte", write_bytes_one_by_one},
};

int main(int count, char **arguments) {
  for (size_t index = 0; count == 2 && index < sizeof(attacks) / sizeof(attacks[0]); index++) {
    if (strcmp(attacks[index].name, arguments[1]) != 0) continue;
    attacks[index].run();
    return 0;
  }
  return 64;
}
