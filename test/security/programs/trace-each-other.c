/* Two processes that trace each other. Were both told of the other's exit, each would wait for the other in it, and nothing would
   end that short of a new start of the machine: so only one side tries. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(void) {
  int ready[2], parent = getpid();
  char byte;
  if (pipe(ready) != 0) return 1;
  int child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_SEIZE, parent, 0, 0) != 0 || write(ready[1], "x", 1) != 1) return 1;
    for (;;) pause();
  }
  long allowed = ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEEXIT);
  dprintf(1, "exits %s\n", allowed == 0 ? "allowed" : errno == EINVAL ? "EINVAL" : strerror(errno));
  if (ptrace(PTRACE_SEIZE, child, 0, 0) != 0 || read(ready[0], &byte, 1) != 1) return 1;
  dprintf(1, "cycle closed\n");
  for (;;) pause();
}
