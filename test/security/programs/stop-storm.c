/* Orphans of PID 1 that make it their tracer and stop for it, again as soon as it lets them go. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  for (int index = 0; index < 60; index++) {
    if (fork() != 0) continue;
    if (fork() != 0) _exit(0);
    while (getppid() != 1) sched_yield();
    signal(SIGUSR1, SIG_IGN);
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
