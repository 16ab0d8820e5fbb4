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

static uint32_t answer(int number, uint64_t first, uint64_t second) {
  struct seccomp_data data = {.nr = number, .arch = AUDIT_ARCHITECTURE, .args = {first, second}};
  return run(&data);
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
      __NR_nfsservctl, 435,
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
  check("usual sockets are allowed", allows(__NR_socket, 1, 1) && allows(__NR_socket, 2, 1) && allows(__NR_socket, 10, 1) &&
                                         allows(__NR_socket, 16, 1) && allows(__NR_socketpair, 1, 1));
  check("unusual sockets are not", refuses(__NR_socket, 17, 3, EAFNOSUPPORT) && refuses(__NR_socket, 38, 5, EAFNOSUPPORT) &&
                                       refuses(__NR_socket, 40, 1, EAFNOSUPPORT));
  check("the personality may be asked for", allows(__NR_personality, 0xffffffff, 0) && allows(__NR_personality, 0, 0));
  check("it may not be changed", refuses(__NR_personality, 0x0040000, 0, EPERM));
}

void check_seccomp(void) {
  struct seccomp_data foreign = {.nr = 0, .arch = 0x40000003};
  check("another architecture is killed", run(&foreign) == SECCOMP_RET_KILL_PROCESS);
#if defined(__x86_64__)
  check("x32 is as on a kernel without it", refuses(0x40000000, 0, 0, ENOSYS) && refuses(0x40000000 + 59, 0, 0, ENOSYS));
#endif
  check_every_number();
  check_arguments();
}
