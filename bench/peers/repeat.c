// Measures a bare process from inside its container: for each line on stdin it does the given commands one after the other, and prints
// how many nanoseconds that took, from before the first fork to the end of the last one with all of its output read.
//
//   repeat EXPECTED -- COMMAND [ARGUMENT]… [-- COMMAND [ARGUMENT]…]…
//
// EXPECTED is what the last command must print; anything else, and a command that fails, ends this with an error.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "repeat: %s\n", what);
  exit(1);
}

// Fills `output` with what the command prints, up to its size.
static size_t run(char **command, char *output, size_t size) {
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    execvp(command[0], command);
    _exit(127);
  }
  close(ends[1]);
  size_t length = 0;
  ssize_t got;
  while ((got = read(ends[0], output + length, size - length)) > 0 && length < size) length += (size_t)got;
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) fail("a command failed");
  return length;
}

int main(int count, char **arguments) {
  if (count < 4 || strcmp(arguments[2], "--") != 0) fail("wrong arguments");
  const char *expected = arguments[1];
  char *commands[64];
  int starts[8], command_count = 0, last = 0;
  for (int index = 2; index < count && last < 60; index++) {
    if (strcmp(arguments[index], "--") != 0) {
      commands[last++] = arguments[index];
      continue;
    }
    if (command_count == 8) fail("too many commands");
    if (command_count > 0) commands[last++] = NULL;
    starts[command_count++] = last;
  }
  commands[last] = NULL;

  char line[16], output[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t length = 0;
    long long start = now_nanoseconds();
    for (int index = 0; index < command_count; index++) length = run(commands + starts[index], output, sizeof output);
    long long end = now_nanoseconds();
    if (length != strlen(expected) || memcmp(output, expected, length) != 0) fail("a command printed something else");
    printf("%lld\n", end - start);
    fflush(stdout);
  }
  return 0;
}
