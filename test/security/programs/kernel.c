/* Asks the kernel for everything that a sandbox must not have. One line each: its name, and the error or `allowed`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/acct.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void report(const char *name, long result) {
  printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "allowed");
}

static void namespaces(void) {
  const struct {
    const char *name;
    int flag;
  } kinds[] = {{"user", CLONE_NEWUSER},     {"mount", CLONE_NEWNS}, {"network", CLONE_NEWNET}, {"pid", CLONE_NEWPID},
               {"ipc", CLONE_NEWIPC},       {"uts", CLONE_NEWUTS},  {"cgroup", CLONE_NEWCGROUP},
               {"time", 0x80 /* CLONE_NEWTIME */}};
  for (unsigned index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++) {
    char name[32];
    snprintf(name, sizeof(name), "unshare-%s", kinds[index].name);
    report(name, unshare(kinds[index].flag));
    /* In a clone, the time namespace's flag is part of the signal's number. */
    if (kinds[index].flag == 0x80) continue;
    snprintf(name, sizeof(name), "clone-%s", kinds[index].name);
    report(name, syscall(SYS_clone, kinds[index].flag | SIGCHLD, 0, 0, 0, 0));
  }
  report("clone3", syscall(SYS_clone3, NULL, 0));
  int own = open("/proc/self/ns/net", O_RDONLY);
  report("setns", setns(own, 0));
  report("chroot", chroot("/tmp"));
  report("pivot-root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
}

static void mounts(void) {
  report("mount-tmpfs", mount("none", "/tmp", "tmpfs", 0, NULL));
  report("mount-proc", mount("none", "/tmp", "proc", 0, NULL));
  report("remount-root", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
  report("remount-init", mount(NULL, "/.run-it", NULL, MS_REMOUNT | MS_BIND, NULL));
  report("bind", mount("/", "/tmp", NULL, MS_BIND, NULL));
  report("umount", umount2("/proc/keys", MNT_DETACH));
  report("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
  report("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0));
  report("open-tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  report("move-mount", syscall(SYS_move_mount, AT_FDCWD, "/tmp", AT_FDCWD, "/code", 0));
  report("mount-setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, NULL, 0));
  report("swapon", swapon("/code/swap", 0));
}

static void subsystems(void) {
  union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
  unsigned long context = 0;
  report("bpf", syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
  report("perf-event-open", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
  report("io-uring-setup", syscall(SYS_io_uring_setup, 1, NULL));
  report("userfaultfd", syscall(SYS_userfaultfd, 0));
  report("userfaultfd-user", syscall(SYS_userfaultfd, 1));
  report("add-key", syscall(SYS_add_key, "user", "x", "x", 1, -3));
  report("request-key", syscall(SYS_request_key, "user", "x", NULL, -3));
  report("keyctl", syscall(SYS_keyctl, 0, -3, 1));
  report("io-setup", syscall(SYS_io_setup, 1, &context));
  report("fanotify", syscall(SYS_fanotify_init, 0, 0));
  report("open-by-handle", syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0));
  report("init-module", syscall(SYS_init_module, NULL, 0, ""));
  report("finit-module", syscall(SYS_finit_module, 0, "", 0));
  report("delete-module", syscall(SYS_delete_module, "x", 0));
  report("kexec", syscall(SYS_kexec_load, 0, 0, NULL, 0));
  report("reboot", reboot(RB_AUTOBOOT));
  report("acct", acct("/code/acct"));
  report("klog", klogctl(3, (char[64]){0}, 64));
  report("personality", personality(ADDR_NO_RANDOMIZE));
  report("quotactl", syscall(SYS_quotactl, 0, NULL, 0, NULL));
  report("huge-map", (long)mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) == -1
                         ? -1
                         : 0);
  report("huge-memfd", memfd_create("x", 4 /* MFD_HUGETLB */));
  report("huge-shm", shmget(IPC_PRIVATE, 2 << 20, IPC_CREAT | SHM_HUGETLB | 0600));
  report("line-discipline", ioctl(open("/dev/ptmx", O_RDWR | O_NOCTTY), TIOCSETD, &(int){0}));
}

static void privileges(void) {
  report("setuid", setuid(0));
  report("setgid", setgid(0));
  report("setresuid-other", setresuid(10500, 10500, 10500));
  report("setgroups", syscall(SYS_setgroups, 1, &(gid_t){0}));
  report("capability-bounding-set", prctl(PR_CAPBSET_DROP, 0));
  report("keep-capabilities-ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0));
  report("mknod-block", mknod("/code/disk", S_IFBLK | 0600, 254 << 8));
  report("mknod-char", mknod("/code/mem", S_IFCHR | 0600, 1 << 8 | 1));
  report("chown", chown("/code", 0, 0));
  report("real-time", sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1}));
  report("nice", setpriority(PRIO_PROCESS, 0, -5));
  report("hostname", sethostname("x", 1));
  report("domainname", setdomainname("x", 1));
  report("vhangup", vhangup());
  report("no-new-privileges-off", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  report("seccomp-off", prctl(PR_SET_SECCOMP, 0, 0));
}

static void clocks(void) {
  struct timespec epoch = {0};
  struct timex adjustment = {.modes = ADJ_FREQUENCY, .freq = 1 << 20};
  report("clock-settime", clock_settime(CLOCK_REALTIME, &epoch));
  report("settimeofday", settimeofday(&(struct timeval){0}, NULL));
  report("adjtimex", adjtimex(&adjustment));
  report("clock-adjtime", clock_adjtime(CLOCK_REALTIME, &adjustment));
  report("alarm-timer", timerfd_create(CLOCK_BOOTTIME_ALARM, 0));
}

static void sockets(void) {
  report("vsock", socket(40, SOCK_STREAM, 0));
  report("alg", socket(38, SOCK_SEQPACKET, 0));
  report("packet", socket(17, SOCK_RAW, 0));
  report("bluetooth", socket(31, SOCK_RAW, 1));
  report("xdp", socket(44, SOCK_RAW, 0));
  report("tipc", socket(30, SOCK_STREAM, 0));
  report("raw", socket(AF_INET, SOCK_RAW, 1));
  report("raw6", socket(AF_INET6, SOCK_RAW, 58));
  report("sctp", socket(AF_INET, SOCK_SEQPACKET, 132));
  report("dccp", socket(AF_INET, 6, 33));
  report("mptcp", socket(AF_INET, SOCK_STREAM, 262));
  report("netlink-netfilter", socket(AF_NETLINK, SOCK_RAW, 12));
  report("netlink-uevents", socket(AF_NETLINK, SOCK_RAW, 15));
  report("netlink-audit", socket(AF_NETLINK, SOCK_RAW, 9));
  report("unix", socket(AF_UNIX, SOCK_STREAM, 0));
  report("tcp", socket(AF_INET, SOCK_STREAM, 0));
  report("udp6", socket(AF_INET6, SOCK_DGRAM, 0));
  report("netlink-route", socket(AF_NETLINK, SOCK_RAW, 0));
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  namespaces();
  mounts();
  subsystems();
  privileges();
  clocks();
  sockets();
}
