#include "../../stage/seccomp.h"

#include <asm/unistd.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "../../syscalls.h"
#include "check.h"

#if defined(__x86_64__)
_Static_assert(AUDIT_ARCHITECTURE == AUDIT_ARCH_X86_64, "the kernel's name of x86_64");
#else
_Static_assert(AUDIT_ARCHITECTURE == AUDIT_ARCH_AARCH64, "the kernel's name of aarch64");
#endif
_Static_assert(sizeof(struct filter_instruction) == sizeof(struct sock_filter), "the kernel's shape of an instruction");

enum { NO_ANSWER = 1 };

/* What the kernel would do, with the few instructions that the filter is made of. Anything else is no answer. */
static uint32_t run(const struct seccomp_data *data) {
  uint32_t value = 0;
  for (size_t at = 0; at < seccomp_filter_size; at++) {
    const struct filter_instruction *instruction = &seccomp_filter[at];
    bool holds = false;
    switch (instruction->code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (instruction->value % 4 != 0 || instruction->value + 4 > sizeof(*data)) return NO_ANSWER;
        memcpy(&value, (const char *)data + instruction->value, 4);
        continue;
      case BPF_RET | BPF_K:
        return instruction->value;
      case BPF_JMP | BPF_JEQ | BPF_K:
        holds = value == instruction->value;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        holds = value >= instruction->value;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        holds = (value & instruction->value) != 0;
        break;
      default:
        return NO_ANSWER;
    }
    at += holds ? instruction->if_true : instruction->if_false;
  }
  return NO_ANSWER;
}

static uint32_t answer_to(int number, const uint64_t arguments[4]) {
  struct seccomp_data data = {.nr = number, .arch = AUDIT_ARCHITECTURE};
  memcpy(data.args, arguments, 4 * sizeof(arguments[0]));
  return run(&data);
}

static uint32_t answer(int number, uint64_t first, uint64_t second) {
  return answer_to(number, (uint64_t[4]){first, second});
}

static bool allows(int number, uint64_t first, uint64_t second) {
  return answer(number, first, second) == SECCOMP_RET_ALLOW;
}

static bool refuses(int number, uint64_t first, uint64_t second, uint32_t error) {
  return answer(number, first, second) == (SECCOMP_RET_ERRNO | error);
}

static void check_every_number(void) {
  /* Linux 6 has fewer than 480. Refused with any arguments, or answered by them. */
  const int refused[] = {
      __NR_unshare,    __NR_setns,          __NR_mount,       __NR_umount2,      __NR_pivot_root,       __NR_chroot,
      428,             429,                 430,              431,               432,                   433,
      442,             443,                 __NR_quotactl,    __NR_swapon,       __NR_swapoff,          425,
      426,             427,                 __NR_userfaultfd, __NR_bpf,          __NR_perf_event_open,  __NR_add_key,
      __NR_keyctl,     __NR_request_key,    __NR_acct,        __NR_syslog,       __NR_open_by_handle_at, __NR_vhangup,
      __NR_kexec_load, __NR_kexec_file_load, __NR_init_module, __NR_finit_module, __NR_delete_module,    __NR_reboot,
      __NR_settimeofday, __NR_clock_settime, __NR_sethostname, __NR_setdomainname, __NR_fanotify_init,   __NR_lookup_dcookie,
      __NR_nfsservctl, 435,                 __NR_io_setup,    __NR_sync,         __NR_syncfs,           __NR_fsync,
      __NR_fdatasync,
#if defined(__x86_64__)
      __NR_iopl,       __NR_ioperm,         __NR_modify_ldt,
#endif
  };
  /* With both arguments 0 these are refused: a family and none that is usual. */
  const int families[] = {__NR_socket, __NR_socketpair};
  bool as_listed = true;
  for (int number = 0; number < 600; number++) {
    bool listed = false;
    for (size_t index = 0; index < sizeof(refused) / sizeof(refused[0]); index++) listed |= refused[index] == number;
    for (size_t index = 0; index < 2; index++) listed |= families[index] == number;
    if (listed != (answer(number, 0, 0) != SECCOMP_RET_ALLOW)) {
      as_listed = false;
      printf("  the answer to system call %d is %#x\n", number, answer(number, 0, 0));
    }
  }
  check("exactly the listed system calls are refused", as_listed);
}

static void check_arguments(void) {
  check("a plain fork is allowed", allows(__NR_clone, 17, 0));
  check("a thread is allowed", allows(__NR_clone, 0x3d0f00, 0));
  bool none = true;
  const uint64_t namespaces[] = {0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000};
  for (size_t index = 0; index < 7; index++) none = none && refuses(__NR_clone, namespaces[index] | 17, 0, EPERM);
  check("no new namespace of any kind is allowed", none);
  check("clone3 is as on a kernel without it", refuses(435, 1, 1, ENOSYS));
  check("io_uring is as on a kernel without it", refuses(425, 1, 1, ENOSYS));
  check("the limits of others may be read and set", allows(__NR_prlimit64, 0, 7) && allows(__NR_prlimit64, 17, 7));
  check("those of init may not", refuses(__NR_prlimit64, 1, 7, EPERM));
  check("nor when the pid has other upper bits", refuses(__NR_prlimit64, 0x100000001, 7, EPERM));
  check("one's own priority may be set", allows(__NR_setpriority, 0, 0) && allows(__NR_setpriority, 1, 7));
  check("that of init may not, by process, group or user", refuses(__NR_setpriority, 0, 1, EPERM) &&
                                                               refuses(__NR_setpriority, 1, 1, EPERM) &&
                                                               refuses(__NR_setpriority, 2, 0, EPERM));
  check("nor its priority of input and output", refuses(__NR_ioprio_set, 1, 1, EPERM) &&
                                                    refuses(__NR_ioprio_set, 2, 1, EPERM) &&
                                                    refuses(__NR_ioprio_set, 3, 10001, EPERM));
  check("nor its scheduling", refuses(__NR_sched_setaffinity, 1, 8, EPERM) && refuses(__NR_sched_setparam, 1, 8, EPERM) &&
                                  refuses(__NR_sched_setscheduler, 1, 8, EPERM) && refuses(__NR_sched_setattr, 1, 8, EPERM));
  check("usual families are allowed", allows(__NR_socket, 1, 1) && allows(__NR_socket, 2, 1) && allows(__NR_socket, 10, 1) &&
                                          allows(__NR_socket, 16, 3) && allows(__NR_socketpair, 1, 1));
  check("unusual ones are not", refuses(__NR_socket, 17, 3, EAFNOSUPPORT) && refuses(__NR_socket, 38, 5, EAFNOSUPPORT) &&
                                       refuses(__NR_socket, 40, 1, EAFNOSUPPORT));
  check("the personality may be asked for", allows(__NR_personality, 0xffffffff, 0) && allows(__NR_personality, 0, 0));
  check("it may not be changed", refuses(__NR_personality, 0x0040000, 0, EPERM));
}

struct socket_case {
  uint64_t family, type, protocol;
  /* 0: allowed. */
  uint32_t error;
};

static void check_sockets(void) {
  const struct socket_case cases[] = {
      {1, 5, 0, 0},
      {1, 1, 1, 0},
      {2, 1, 0, 0},
      {2, 1 | 0x80800, 6, 0},
      {10, 2 | 0x80800, 17, 0},
      {10, 2, 0, 0},
      {2, 1, 17, EPROTONOSUPPORT},
      {2, 2, 6, EPROTONOSUPPORT},
      {2, 1, 132, EPROTONOSUPPORT},
      {2, 1, 262, EPROTONOSUPPORT},
      {10, 2, 115, EPROTONOSUPPORT},
      {2, 0, 0, ESOCKTNOSUPPORT},
      {2, 5, 132, ESOCKTNOSUPPORT},
      {10, 6, 33, ESOCKTNOSUPPORT},
      {2, 10, 0, ESOCKTNOSUPPORT},
      {2, 3, 1, EPERM},
      {10, 3 | 0x800, 58, EPERM},
      {16, 3, 0, 0},
      {16, 2 | 0x80000, 0, 0},
      {16, 3, 15, EPROTONOSUPPORT},
      {16, 3, 12, EPROTONOSUPPORT},
  };
  bool as_listed = true;
  for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
    const struct socket_case *it = &cases[index];
    uint32_t wanted = it->error == 0 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | it->error;
    uint32_t got = answer_to(__NR_socket, (uint64_t[4]){it->family, it->type, it->protocol});
    if (got == wanted) continue;
    as_listed = false;
    printf("  the answer to socket case %zu is %#x\n", index, got);
  }
  check("sockets are of usual types and protocols", as_listed);
  check("pairs of sockets are local ones", refuses(__NR_socketpair, 2, 1, EAFNOSUPPORT));
}

static bool pretends(int number, uint64_t first, uint64_t second, uint64_t third) {
  return answer_to(number, (uint64_t[4]){first, second, third}) == SECCOMP_RET_ERRNO;
}

static void check_tracing(void) {
  const uint64_t requests[] = {0x4200, 0x4206, 21};
  bool none = true, others = true;
  for (size_t index = 0; index < 3; index++) {
    none = none && answer_to(__NR_ptrace, (uint64_t[4]){requests[index], 17, 0, 0x40}) == (SECCOMP_RET_ERRNO | EINVAL);
    none = none && answer_to(__NR_ptrace, (uint64_t[4]){requests[index], 17, 0, 0xff}) == (SECCOMP_RET_ERRNO | EINVAL);
    others = others && answer_to(__NR_ptrace, (uint64_t[4]){requests[index], 17, 0, 0x10003f}) == SECCOMP_RET_ALLOW;
  }
  check("nobody traces an exit", none);
  check("other ways to trace are open", others && allows(__NR_ptrace, 0, 0) &&
                                            answer_to(__NR_ptrace, (uint64_t[4]){16, 17, 0, 0x40}) == SECCOMP_RET_ALLOW);
}

static void check_what_is_shared(void) {
  const uint64_t core = 4, somewhere = 0x7fff0000, above = 0x100000000;
  check("the limit of core files may be asked for", allows(__NR_prlimit64, 0, core));
  check("setting it does nothing", pretends(__NR_prlimit64, 0, core, somewhere) && pretends(__NR_prlimit64, 17, core, above) &&
                                       pretends(__NR_setrlimit, core, somewhere, 0));
  check("other limits may be set", allows(__NR_setrlimit, 7, somewhere) &&
                                       answer_to(__NR_prlimit64, (uint64_t[4]){0, 7, somewhere}) == SECCOMP_RET_ALLOW);
  check("nothing of init's may, that one among it", refuses(__NR_prlimit64, 1, core, EPERM));
  check("nothing makes the host's disk flush", pretends(__NR_sync, 0, 0, 0) && pretends(__NR_syncfs, 3, 0, 0) &&
                                                   pretends(__NR_fsync, 3, 0, 0) && pretends(__NR_fdatasync, 3, 0, 0));
  check("no line discipline is set", refuses(__NR_ioctl, 3, 0x5423, EPERM) && allows(__NR_ioctl, 3, 0x5401));
  const uint64_t plain[4] = {0, 4096, 3, 0x22}, huge[4] = {0, 1 << 21, 3, 0x40022};
  check("memory may be mapped, but not in huge pages", answer_to(__NR_mmap, plain) == SECCOMP_RET_ALLOW &&
                                                           answer_to(__NR_mmap, huge) == (SECCOMP_RET_ERRNO | ENOMEM));
  check("nor may memory of other kinds have them", allows(__NR_memfd_create, 1, 3) && refuses(__NR_memfd_create, 1, 5, ENOMEM) &&
                                             answer_to(__NR_shmget, (uint64_t[4]){0, 4096, 01600}) == SECCOMP_RET_ALLOW &&
                                             answer_to(__NR_shmget, (uint64_t[4]){0, 4096, 05600}) == (SECCOMP_RET_ERRNO | ENOMEM));
  check("there is no asynchronous I/O of the host's", refuses(__NR_io_setup, 1, somewhere, ENOSYS));
}

void check_seccomp(void) {
  struct seccomp_data foreign = {.nr = 0, .arch = 0x40000003};
  check("another architecture is killed", run(&foreign) == SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
  check("x32 is as on a kernel without it", refuses(0x40000000, 0, 0, ENOSYS) && refuses(0x40000000 + 59, 0, 0, ENOSYS));
#endif
  check_every_number();
  check_arguments();
  check_sockets();
  check_tracing();
  check_what_is_shared();
}
