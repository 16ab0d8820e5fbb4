#pragma once
/* What aarch64 has of its own: how to call the kernel, how to be started, and the numbers. */

#define AUDIT_ARCHITECTURE 0xc00000b7u

#define FLAG_DIRECTORY 0040000
#define FLAG_NOFOLLOW 0100000

#define START_ASSEMBLY                                                                                                  \
  ".globl _start\n.type _start,%function\n_start:\n"                                                                   \
  "mov x29,#0\nmov x30,#0\nmov x0,sp\nand sp,x0,#-16\nbl start\nbrk #1\n"

/* What newfstatat tells. */
struct file_status {
  uint64_t device, inode;
  uint32_t mode, links, user, group;
  uint64_t special_device, padding;
  int64_t size;
  int32_t block_size, more_padding;
  int64_t blocks;
  int64_t accessed_seconds, accessed_nanoseconds, modified_seconds, modified_nanoseconds, changed_seconds, changed_nanoseconds;
  int32_t unused[2];
};

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

#define NR_read 63
#define NR_write 64
#define NR_close 57
#define NR_rt_sigaction 134
#define NR_rt_sigprocmask 135
#define NR_pread64 67
#define NR_getpid 172
#define NR_clone 220
#define NR_execve 221
#define NR_wait4 260
#define NR_ptrace 117
#define NR_getrusage 165
#define NR_kill 129
#define NR_fcntl 25
#define NR_fchdir 50
#define NR_fchmod 52
#define NR_umask 166
#define NR_setsid 157
#define NR_fstatfs 44
#define NR_prctl 167
#define NR_getdents64 61
#define NR_clock_gettime 113
#define NR_exit_group 94
#define NR_openat 56
#define NR_mkdirat 34
#define NR_newfstatat 79
#define NR_unlinkat 35
#define NR_mknodat 33
#define NR_symlinkat 36
#define NR_readlinkat 78
#define NR_fchmodat 53
#define NR_utimensat 88
#define NR_lseek 62
#define NR_flistxattr 13
#define NR_fremovexattr 16
#define NR_shmctl 195
#define NR_semctl 191
#define NR_msgctl 187
#define NR_faccessat 48
#define NR_ppoll 73
#define NR_splice 76
#define NR_signalfd4 74
#define NR_dup3 24
#define NR_pipe2 59
#define NR_prlimit64 261
#define NR_statx 291
#define NR_close_range 436
#define NR_madvise 233
#define NR_mmap 222
#define NR_ioctl 29
#define NR_shmget 194
#define NR_fsync 82
#define NR_fdatasync 83
#define NR_setrlimit 164
#define NR_sync 81
#define NR_io_setup 0
#define NR_syncfs 267
#define NR_memfd_create 279
#define NR_clone3 435
#define NR_personality 92
#define NR_socket 198
#define NR_socketpair 199
#define NR_setpriority 140
#define NR_ioprio_set 30
#define NR_sched_setparam 118
#define NR_sched_setscheduler 119
#define NR_sched_setaffinity 122
#define NR_sched_setattr 274
#define NR_unshare 97
#define NR_setns 268
#define NR_mount 40
#define NR_umount2 39
#define NR_pivot_root 41
#define NR_chroot 51
#define NR_open_tree 428
#define NR_move_mount 429
#define NR_fsopen 430
#define NR_fsconfig 431
#define NR_fsmount 432
#define NR_fspick 433
#define NR_mount_setattr 442
#define NR_io_uring_setup 425
#define NR_io_uring_enter 426
#define NR_io_uring_register 427
#define NR_userfaultfd 282
#define NR_perf_event_open 241
#define NR_bpf 280
#define NR_add_key 217
#define NR_request_key 218
#define NR_keyctl 219
#define NR_kexec_load 104
#define NR_kexec_file_load 294
#define NR_init_module 105
#define NR_finit_module 273
#define NR_delete_module 106
#define NR_open_by_handle_at 265
#define NR_fanotify_init 262
#define NR_quotactl 60
#define NR_quotactl_fd 443
#define NR_acct 89
#define NR_swapon 224
#define NR_swapoff 225
#define NR_reboot 142
#define NR_settimeofday 170
#define NR_clock_settime 112
#define NR_sethostname 161
#define NR_setdomainname 162
#define NR_syslog 116
#define NR_vhangup 58
#define NR_lookup_dcookie 18
#define NR_nfsservctl 42
