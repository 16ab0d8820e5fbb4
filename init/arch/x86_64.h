#pragma once
/* What x86_64 has of its own: how to call the kernel, how to be started, and the numbers. */

#define AUDIT_ARCHITECTURE 0xc000003eu

#define FLAG_DIRECTORY 0200000
#define FLAG_NOFOLLOW 0400000

/* What newfstatat tells. */
struct file_status {
  uint64_t device, inode, links;
  uint32_t mode, user, group, padding;
  uint64_t special_device;
  int64_t size, block_size, blocks;
  int64_t accessed_seconds, accessed_nanoseconds, modified_seconds, modified_nanoseconds, changed_seconds, changed_nanoseconds;
  int64_t unused[3];
};

/* The kernel starts us with the stack pointer at argc; the ABI wants it aligned to 16 before a call. */
#define START_ASSEMBLY                                                                                                  \
  ".globl _start\n.type _start,@function\n_start:\n"                                                                   \
  "xor %ebp,%ebp\nmov %rsp,%rdi\nand $-16,%rsp\ncall start\nhlt\n"

static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#define NR_read 0
#define NR_write 1
#define NR_close 3
#define NR_rt_sigaction 13
#define NR_rt_sigprocmask 14
#define NR_pread64 17
#define NR_getpid 39
#define NR_clone 56
#define NR_execve 59
#define NR_wait4 61
#define NR_ptrace 101
#define NR_getrusage 98
#define NR_kill 62
#define NR_fcntl 72
#define NR_fchdir 81
#define NR_fchmod 91
#define NR_umask 95
#define NR_setsid 112
#define NR_fstatfs 138
#define NR_prctl 157
#define NR_getdents64 217
#define NR_clock_gettime 228
#define NR_exit_group 231
#define NR_openat 257
#define NR_mkdirat 258
#define NR_newfstatat 262
#define NR_unlinkat 263
#define NR_mknodat 259
#define NR_symlinkat 266
#define NR_readlinkat 267
#define NR_fchmodat 268
#define NR_utimensat 280
#define NR_lseek 8
#define NR_flistxattr 196
#define NR_fremovexattr 199
#define NR_shmctl 31
#define NR_semctl 66
#define NR_msgctl 71
#define NR_faccessat 269
#define NR_ppoll 271
#define NR_splice 275
#define NR_signalfd4 289
#define NR_dup3 292
#define NR_pipe2 293
#define NR_prlimit64 302
#define NR_statx 332
#define NR_close_range 436
#define NR_madvise 28
#define NR_mmap 9
#define NR_ioctl 16
#define NR_shmget 29
#define NR_fsync 74
#define NR_fdatasync 75
#define NR_setrlimit 160
#define NR_sync 162
#define NR_io_setup 206
#define NR_syncfs 306
#define NR_memfd_create 319
#define NR_clone3 435
#define NR_personality 135
#define NR_socket 41
#define NR_socketpair 53
#define NR_setpriority 141
#define NR_ioprio_set 251
#define NR_sched_setparam 142
#define NR_sched_setscheduler 144
#define NR_sched_setaffinity 203
#define NR_sched_setattr 314
#define NR_unshare 272
#define NR_setns 308
#define NR_mount 165
#define NR_umount2 166
#define NR_pivot_root 155
#define NR_chroot 161
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
#define NR_userfaultfd 323
#define NR_perf_event_open 298
#define NR_bpf 321
#define NR_add_key 248
#define NR_request_key 249
#define NR_keyctl 250
#define NR_kexec_load 246
#define NR_kexec_file_load 320
#define NR_init_module 175
#define NR_finit_module 313
#define NR_delete_module 176
#define NR_open_by_handle_at 304
#define NR_fanotify_init 300
#define NR_quotactl 179
#define NR_quotactl_fd 443
#define NR_acct 163
#define NR_swapon 167
#define NR_swapoff 168
#define NR_reboot 169
#define NR_settimeofday 164
#define NR_clock_settime 227
#define NR_sethostname 170
#define NR_setdomainname 171
#define NR_syslog 103
#define NR_vhangup 153
#define NR_lookup_dcookie 212
#define NR_nfsservctl 180
#define NR_iopl 172
#define NR_ioperm 173
#define NR_modify_ldt 154
