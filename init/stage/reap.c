/* Collects the processes that ended. */

#include "reap.h"

#include "../syscalls.h"

/* A program can end or stop processes as fast as we collect them, for ever. What is left over waits until the next call:
   there are limits to be looked at in between. */
enum { MOST_AT_ONCE = 1024 };

static bool is_stopped(int status) { return (status & 0xff) == 0x7f; }

/* A program that asked to be traced by its parent made init its tracer, and now waits for us at a signal. We trace nobody. */
static void let_go(int pid, int status) {
  int signal = (status >> 8) & 0xff;
  sys_ptrace_detach(pid, signal == SIGNAL_TRAP ? 0 : signal & 0x7f);
}

bool reap(struct reaping *reaping) {
  for (int count = 0; count < MOST_AT_ONCE; count++) {
    int status = 0;
    struct resource_usage used = {0};
    long pid = sys_wait(-1, &status, WAIT_NO_HANG | WAIT_ALL_KINDS, &used);
    if (pid == -ERROR_INTERRUPTED) continue;
    if (pid <= 0) return pid == -ERROR_NO_CHILD;
    if (is_stopped(status)) {
      let_go((int)pid, status);
      continue;
    }
    uint64_t resident = (uint64_t)used.max_resident_kib * 1024;
    if (resident > reaping->max_resident_bytes) reaping->max_resident_bytes = resident;
    if (pid != reaping->first_pid) continue;
    reaping->first_pid = 0;
    reaping->first_status = status;
  }
  return false;
}

/* One call reaches all that are alive at once: a fork that is under way fails, because its parent has a signal pending.
   Anywhere but as PID 1 it would be the end of a session on somebody's machine. */
void kill_everything(void) {
  if (sys_getpid() == 1) sys_kill(-1, SIGNAL_KILL);
}
