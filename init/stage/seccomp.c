/* What a program may not ask of the kernel, on top of the engine's own filter: an engine may be old, or run without one. */

#include "seccomp.h"

#include "../syscalls.h"

enum { LOAD = 0x20, IF_EQUAL = 0x15, IF_AT_LEAST = 0x35, IF_ANY_BIT = 0x45, RETURN = 0x06 };
enum { AT_NUMBER = 0, AT_ARCHITECTURE = 4, AT_ARGUMENT = 16, UPPER_HALF = 4 };

#define ALLOW 0x7fff0000u
#define KILL_PROCESS 0x80000000u
#define REFUSE(error) (0x00050000u | (error))
/* The call is not made, and the program is told that all went well. */
#define PRETEND REFUSE(0)

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
#define NEW_NAMESPACES 0x7e020000u
/* PRIO_USER and IOPRIO_WHO_USER: every process of the uid, init among them. */
enum { PRIORITY_OF_USER = 2, IO_PRIORITY_OF_USER = 3 };
enum { FAMILY_UNIX = 1, FAMILY_INET = 2, FAMILY_INET6 = 10, FAMILY_NETLINK = 16 };
/* SOCK_STREAM is 1, SOCK_DGRAM 2 and SOCK_RAW both; the flags are far above. */
enum { TYPE_STREAM_OR_RAW = 1, TYPE_DATAGRAM_OR_RAW = 2, TYPE_OTHER = 12 };
enum { PROTOCOL_DEFAULT = 0, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ROUTE = 0 };
/* MAP_HUGETLB, MFD_HUGETLB and SHM_HUGETLB. */
enum { MAP_HUGE_PAGES = 0x40000, MEMORY_FILE_HUGE_PAGES = 4, SHARED_HUGE_PAGES = 04000 };
enum { TERMINAL_SET_DISCIPLINE = 0x5423 };
/* Two requests of ptrace take options, and an old name for one of them. */
enum { TRACE_SET_OPTIONS = 0x4200, TRACE_SEIZE = 0x4206, TRACE_OLD_SET_OPTIONS = 21, TRACE_EXIT = 0x40 };

#define NUMBER() {LOAD, 0, 0, AT_NUMBER}
/* The low half; all arguments looked at are ints to the kernel, or flags below 2^32. */
#define ARGUMENT(index) {LOAD, 0, 0, AT_ARGUMENT + 8 * (index)}
#define ANSWER(what) {RETURN, 0, 0, (what)}
#define UNLESS_NUMBER_SKIP(number, count) {IF_EQUAL, 0, (count), (number)}

#define NEVER_BUT(number, error) UNLESS_NUMBER_SKIP(number, 1), ANSWER(REFUSE(error))
#define NEVER(number) NEVER_BUT(number, ERROR_PERMISSION)

/* Same uid, so the kernel would let a program starve or cripple init with these: its pid is their first argument. */
#define NOT_OF_INIT(number)                                                                                            \
  UNLESS_NUMBER_SKIP(number, 4), ARGUMENT(0), {IF_EQUAL, 0, 1, 1}, ANSWER(REFUSE(ERROR_PERMISSION)), ANSWER(ALLOW)

/* The first argument says what the second one names: a process, a group (both are 1 for init) or a user. */
#define NOT_OF_INIT_OR_USER(number, user)                                                                              \
  UNLESS_NUMBER_SKIP(number, 6), ARGUMENT(0), {IF_EQUAL, 2, 0, (user)}, ARGUMENT(1), {IF_EQUAL, 0, 1, 1},              \
      ANSWER(REFUSE(ERROR_PERMISSION)), ANSWER(ALLOW)

#define NEVER_WITH_BITS(number, index, bits, error)                                                                    \
  UNLESS_NUMBER_SKIP(number, 4), ARGUMENT(index), {IF_ANY_BIT, 0, 1, (bits)}, ANSWER(REFUSE(error)), ANSWER(ALLOW)

/* Limits of init are out of reach. The one of core files is not to be changed, because 0 means something else than none:
   where the host's core_pattern is a pipe, its reader is started for every crash, as root and outside of all limits, and
   only the value 1 keeps the kernel from it. */
#define LIMITS_OF_OTHERS(number)                                                                                       \
  UNLESS_NUMBER_SKIP(number, 11), ARGUMENT(0), {IF_EQUAL, 0, 1, 1}, ANSWER(REFUSE(ERROR_PERMISSION)), ARGUMENT(1),     \
      {IF_EQUAL, 0, 4, LIMIT_CORE}, ARGUMENT(2), {IF_EQUAL, 0, 3, 0}, {LOAD, 0, 0, AT_ARGUMENT + 8 * 2 + UPPER_HALF},  \
      {IF_EQUAL, 0, 1, 0}, ANSWER(ALLOW), ANSWER(PRETEND)

/* What ordinary programs use. Each other family, type or protocol is a driver that a program could make the host load, or
   look for with a process outside of all limits. Vsock would even reach the host past the network namespace, and netlink
   without ROUTE tells of its devices. */
#define ONLY_USUAL_SOCKETS(number)                                                                                     \
  UNLESS_NUMBER_SKIP(number, 22), ARGUMENT(0), {IF_EQUAL, 19, 0, FAMILY_UNIX}, {IF_EQUAL, 5, 0, FAMILY_INET},          \
      {IF_EQUAL, 4, 0, FAMILY_INET6}, {IF_EQUAL, 0, 2, FAMILY_NETLINK}, ARGUMENT(2),                                   \
      {IF_EQUAL, 14, 11, PROTOCOL_ROUTE}, ANSWER(REFUSE(ERROR_ADDRESS_FAMILY)), /* INET: */ ARGUMENT(1),               \
      {IF_ANY_BIT, 9, 0, TYPE_OTHER}, {IF_ANY_BIT, 0, 3, TYPE_STREAM_OR_RAW}, {IF_ANY_BIT, 8, 0, TYPE_DATAGRAM_OR_RAW}, \
      ARGUMENT(2), {IF_EQUAL, 7, 3, PROTOCOL_TCP}, {IF_ANY_BIT, 0, 4, TYPE_DATAGRAM_OR_RAW}, ARGUMENT(2),              \
      {IF_EQUAL, 4, 0, PROTOCOL_UDP}, {IF_EQUAL, 3, 0, PROTOCOL_DEFAULT}, ANSWER(REFUSE(ERROR_PROTOCOL)),              \
      ANSWER(REFUSE(ERROR_SOCKET_TYPE)), ANSWER(REFUSE(ERROR_PERMISSION)), ANSWER(ALLOW)

const struct filter_instruction seccomp_filter[] = {
    /* Another architecture has other numbers, so nothing below would hold for it. */
    {LOAD, 0, 0, AT_ARCHITECTURE},
    {IF_EQUAL, 1, 0, AUDIT_ARCHITECTURE},
    ANSWER(KILL_PROCESS),
    NUMBER(),
#if defined(__x86_64__)
    /* x32, a third set of numbers for the same architecture. */
    {IF_AT_LEAST, 0, 1, 0x40000000},
    ANSWER(REFUSE(ERROR_NO_SYSTEM_CALL)),
#endif

    LIMITS_OF_OTHERS(NR_prlimit64),
    UNLESS_NUMBER_SKIP(NR_setrlimit, 4),
    ARGUMENT(0),
    {IF_EQUAL, 0, 1, LIMIT_CORE},
    ANSWER(PRETEND),
    ANSWER(ALLOW),
    NOT_OF_INIT(NR_sched_setparam),
    NOT_OF_INIT(NR_sched_setscheduler),
    NOT_OF_INIT(NR_sched_setaffinity),
    NOT_OF_INIT(NR_sched_setattr),
    NOT_OF_INIT_OR_USER(NR_setpriority, PRIORITY_OF_USER),
    NOT_OF_INIT_OR_USER(NR_ioprio_set, IO_PRIORITY_OF_USER),

    /* Namespaces. The flags of clone3 are in memory, where a filter cannot look: without it, libc uses clone. */
    NEVER_WITH_BITS(NR_clone, 0, NEW_NAMESPACES, ERROR_PERMISSION),
    NEVER_BUT(NR_clone3, ERROR_NO_SYSTEM_CALL),
    NEVER(NR_unshare),
    NEVER(NR_setns),

    ONLY_USUAL_SOCKETS(NR_socket),
    UNLESS_NUMBER_SKIP(NR_socketpair, 4),
    ARGUMENT(0),
    {IF_EQUAL, 1, 0, FAMILY_UNIX},
    ANSWER(REFUSE(ERROR_ADDRESS_FAMILY)),
    ANSWER(ALLOW),

    /* Two processes that trace each other and want to be told of each other's exit wait for each other in it: no signal
       ends that, so the container could never be removed. Without this option tracing does no harm. */
    UNLESS_NUMBER_SKIP(NR_ptrace, 8),
    ARGUMENT(0),
    {IF_EQUAL, 2, 0, TRACE_SET_OPTIONS},
    {IF_EQUAL, 1, 0, TRACE_SEIZE},
    {IF_EQUAL, 0, 3, TRACE_OLD_SET_OPTIONS},
    ARGUMENT(3),
    {IF_ANY_BIT, 0, 1, TRACE_EXIT},
    ANSWER(REFUSE(ERROR_INVALID)),
    ANSWER(ALLOW),

    /* A line discipline is a driver too, for which any pseudo-terminal is good enough. */
    UNLESS_NUMBER_SKIP(NR_ioctl, 4),
    ARGUMENT(1),
    {IF_EQUAL, 0, 1, TERMINAL_SET_DISCIPLINE},
    ANSWER(REFUSE(ERROR_PERMISSION)),
    ANSWER(ALLOW),

    /* What the host has one of for everybody: huge pages, which no limit of memory counts, and asynchronous I/O. */
    NEVER_WITH_BITS(NR_mmap, 3, MAP_HUGE_PAGES, ERROR_NO_MEMORY),
    NEVER_WITH_BITS(NR_memfd_create, 1, MEMORY_FILE_HUGE_PAGES, ERROR_NO_MEMORY),
    NEVER_WITH_BITS(NR_shmget, 2, SHARED_HUGE_PAGES, ERROR_NO_MEMORY),
    NEVER_BUT(NR_io_setup, ERROR_NO_SYSTEM_CALL),

    /* All that a program can write is in memory. With a file that lies on the host's disk, such as init itself, these would
       make that disk flush, thousands of times a second. */
    UNLESS_NUMBER_SKIP(NR_sync, 1),
    ANSWER(PRETEND),
    UNLESS_NUMBER_SKIP(NR_syncfs, 1),
    ANSWER(PRETEND),
    UNLESS_NUMBER_SKIP(NR_fsync, 1),
    ANSWER(PRETEND),
    UNLESS_NUMBER_SKIP(NR_fdatasync, 1),
    ANSWER(PRETEND),

    /* Asking for it, or for the plain one. */
    UNLESS_NUMBER_SKIP(NR_personality, 5),
    ARGUMENT(0),
    {IF_EQUAL, 2, 0, 0},
    {IF_EQUAL, 1, 0, 0xffffffff},
    ANSWER(REFUSE(ERROR_PERMISSION)),
    ANSWER(ALLOW),

    /* Mounts. */
    NEVER(NR_mount),
    NEVER(NR_umount2),
    NEVER(NR_pivot_root),
    NEVER(NR_chroot),
    NEVER(NR_open_tree),
    NEVER(NR_move_mount),
    NEVER(NR_fsopen),
    NEVER(NR_fsconfig),
    NEVER(NR_fsmount),
    NEVER(NR_fspick),
    NEVER(NR_mount_setattr),
    NEVER(NR_quotactl),
    NEVER(NR_quotactl_fd),
    NEVER(NR_swapon),
    NEVER(NR_swapoff),

    /* Where most local holes of the last years were. io_uring as on a kernel without it, so that runtimes fall back. */
    NEVER_BUT(NR_io_uring_setup, ERROR_NO_SYSTEM_CALL),
    NEVER_BUT(NR_io_uring_enter, ERROR_NO_SYSTEM_CALL),
    NEVER_BUT(NR_io_uring_register, ERROR_NO_SYSTEM_CALL),
    NEVER(NR_userfaultfd),
    NEVER(NR_perf_event_open),
    NEVER(NR_bpf),
    NEVER(NR_add_key),
    NEVER(NR_request_key),
    NEVER(NR_keyctl),
    NEVER(NR_open_by_handle_at),
    NEVER(NR_fanotify_init),
    NEVER(NR_lookup_dcookie),
    NEVER(NR_nfsservctl),

    /* The machine itself. */
    NEVER(NR_kexec_load),
    NEVER(NR_kexec_file_load),
    NEVER(NR_init_module),
    NEVER(NR_finit_module),
    NEVER(NR_delete_module),
    NEVER(NR_reboot),
    NEVER(NR_acct),
    NEVER(NR_syslog),
    NEVER(NR_vhangup),
    NEVER(NR_settimeofday),
    NEVER(NR_clock_settime),
    NEVER(NR_sethostname),
    NEVER(NR_setdomainname),
#if defined(__x86_64__)
    NEVER(NR_iopl),
    NEVER(NR_ioperm),
    NEVER(NR_modify_ldt),
#endif
    ANSWER(ALLOW),
};

const size_t seccomp_filter_size = sizeof(seccomp_filter) / sizeof(seccomp_filter[0]);

long seccomp_install(void) {
  const struct {
    uint16_t size;
    const struct filter_instruction *filter;
  } program = {(uint16_t)seccomp_filter_size, seccomp_filter};
  return sys_prctl(PROCESS_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, (long)&program);
}
