/* Starts a stage's first process. */

#include "spawn.h"

#include "../syscalls.h"
#include "child.h"

enum { INPUT, OUTPUT, ERRORS, STATUS, PIPE_COUNT };
enum { READ_END, WRITE_END };

static void close_pipes(int pipes[PIPE_COUNT][2], int count) {
  for (int index = 0; index < count; index++) {
    sys_close(pipes[index][READ_END]);
    sys_close(pipes[index][WRITE_END]);
  }
}

static long open_pipes(int pipes[PIPE_COUNT][2]) {
  for (int index = 0; index < PIPE_COUNT; index++) {
    long error = sys_pipe(pipes[index], FLAG_CLOEXEC);
    if (error < 0) {
      close_pipes(pipes, index);
      return error;
    }
  }
  return 0;
}

/* The two ends of a pipe are files of their own, so the program's end still waits as a program expects. */
static int keep_ours(int fd) {
  sys_set_status_flags(fd, sys_get_status_flags(fd) | FLAG_NONBLOCK);
  return fd;
}

long spawn(const struct stage_request *request, int working_folder, struct spawned *spawned) {
  int pipes[PIPE_COUNT][2];
  long error = open_pipes(pipes);
  if (error < 0) return error;
  long pid = sys_fork();
  if (pid == 0) {
    const struct child_ends ends = {
        .stdin = pipes[INPUT][READ_END],
        .stdout = pipes[OUTPUT][WRITE_END],
        .stderr = pipes[ERRORS][WRITE_END],
        .status = pipes[STATUS][WRITE_END],
        .working_folder = working_folder,
    };
    child_become(request, &ends);
  }
  if (pid < 0) {
    close_pipes(pipes, PIPE_COUNT);
    return pid;
  }
  sys_close(pipes[INPUT][READ_END]);
  for (int index = OUTPUT; index < PIPE_COUNT; index++) sys_close(pipes[index][WRITE_END]);
  spawned->stdin = keep_ours(pipes[INPUT][WRITE_END]);
  spawned->stdout = keep_ours(pipes[OUTPUT][READ_END]);
  spawned->stderr = keep_ours(pipes[ERRORS][READ_END]);
  spawned->status = keep_ours(pipes[STATUS][READ_END]);
  return pid;
}
