/* Takes memory that is in no process, after making the kernel as likely to kill init as this program. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

static char block[1 << 16];

static void fill_memory_file(void) {
  int file = memfd_create("x", 0);
  while (write(file, block, sizeof(block)) > 0) {
  }
}

static void fill_system_v(void) {
  for (;;) {
    char *memory = shmat(shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600), NULL, 0);
    if (memory == (char *)-1) return;
    memset(memory, 1, 1 << 20);
    shmdt(memory);
  }
}

static void fill_end(int fd) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  while (write(fd, block, sizeof(block)) > 0) {
  }
}

/* Processes of a tiny size share the work, because each may have only so many descriptors. */
static void fill_pairs(int (*make)(int ends[2])) {
  for (;;) {
    int ends[2];
    if (make(ends) == 0) {
      fill_end(ends[1]);
    } else if (fork() == 0) {
      closefrom(3);
    } else {
      for (;;) pause();
    }
  }
}

static int make_pipe(int ends[2]) {
  if (pipe(ends) != 0) return -1;
  fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  return 0;
}

static int make_sockets(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM, 0, ends); }

/* One page in each two megabytes, so that the kernel needs a page of tables for each. */
static void fill_maps(void) {
  for (;;) {
    char *memory = mmap(NULL, 1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    madvise(memory, 1 << 30, MADV_NOHUGEPAGE);
    for (long at = 0; at < 1 << 30; at += 1 << 21) memory[at] = 1;
  }
}

int main(int count, char **arguments) {
  int score = open("/proc/self/oom_score_adj", O_WRONLY);
  if (score < 0 || write(score, "0", 1) != 1) return 1;
  close(score);
  memset(block, 1, sizeof(block));
  puts("begun");
  fflush(stdout);
  const char *kind = count > 1 ? arguments[1] : "";
  if (strcmp(kind, "memory-file") == 0) fill_memory_file();
  if (strcmp(kind, "system-v") == 0) fill_system_v();
  if (strcmp(kind, "pipes") == 0) fill_pairs(make_pipe);
  if (strcmp(kind, "sockets") == 0) fill_pairs(make_sockets);
  if (strcmp(kind, "maps") == 0) fill_maps();
  for (;;) pause();
}
