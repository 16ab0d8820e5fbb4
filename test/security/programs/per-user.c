/* What the kernel counts per user, on the whole host. With `take` it takes all there is and keeps it; else it asks for one of each. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 200000 };

static int watch(void) { return inotify_init1(0); }

static int make_timer(void) {
  timer_t timer;
  return timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN}, &timer);
}

static int queue_messages(void) {
  static int count;
  char name[32];
  snprintf(name, sizeof(name), "/queue%d", count++);
  return mq_open(name, O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 8192});
}

static int send_descriptor(void) {
  static int ends[2] = {-1, -1};
  char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (ends[0] < 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return -1;
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &(int){0}, sizeof(int));
  long sent = sendmsg(ends[0], &message, MSG_DONTWAIT);
  /* A queue that is full is not the end: the next pair has one of its own. */
  if (sent < 0 && errno == EAGAIN) return ends[0] = -1, send_descriptor();
  return (int)sent;
}

/* A pipe of the usual size is one within the allowance; beyond it they come smaller. */
static int make_pipe(void) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  errno = ENOSPC;
  return fcntl(ends[1], F_GETPIPE_SZ) == 65536 ? 0 : -1;
}

static const struct {
  const char *name;
  int (*use)(void);
} kinds[] = {{"timers", make_timer},
             {"messages", queue_messages},
             {"watches", watch},
             {"descriptors", send_descriptor},
             {"pipes", make_pipe}};

int main(int count, char **arguments) {
  int takes = count > 1 && strcmp(arguments[1], "take") == 0;
  for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
    int result = 0, uses = 0;
    while (uses < (takes ? MANY : 1) && (result = kinds[kind].use()) >= 0) uses++;
    printf("%s %s\n", kinds[kind].name, result < 0 ? strerrorname_np(errno) : "ok");
  }
  if (!takes) return 0;
  puts("taken");
  fflush(stdout);
  for (;;) pause();
}
