/* Starts a stage's first process. */

#include "spawn.h"

#include "../syscalls.h"
#include "child.h"

enum { INPUT, OUTPUT, ERRORS, STATUS, PIPE_COUNT };
enum { READ_END, WRITE_END };
/* Above the three standard ones. */
enum { FIRST_FREE = 3 };

static void close_all(const int *descriptors, int count) {
  for (int index = 0; index < count; index++) sys_close(descriptors[index]);
}

static long open_pipes(int pipes[PIPE_COUNT][2]) {
  for (int index = 0; index < PIPE_COUNT; index++) {
    long error = sys_pipe(pipes[index], FLAG_CLOEXEC);
    if (error < 0) {
      close_all(pipes[0], 2 * index);
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

static long start(const struct stage_request *request, const struct child_ends *ends) {
  long pid = sys_fork();
  if (pid == 0) child_become(request, ends);
  return pid;
}

static long spawn_on_pipes(const struct stage_request *request, int working_folder, struct spawned *spawned) {
  int pipes[PIPE_COUNT][2];
  long error = open_pipes(pipes);
  if (error < 0) return error;
  const struct child_ends ends = {
      .stdin = pipes[INPUT][READ_END],
      .stdout = pipes[OUTPUT][WRITE_END],
      .stderr = pipes[ERRORS][WRITE_END],
      .status = pipes[STATUS][WRITE_END],
      .working_folder = working_folder,
  };
  long pid = start(request, &ends);
  if (pid < 0) {
    close_all(pipes[0], 2 * PIPE_COUNT);
    return pid;
  }
  sys_close(pipes[INPUT][READ_END]);
  for (int index = OUTPUT; index < PIPE_COUNT; index++) sys_close(pipes[index][WRITE_END]);
  spawned->stdin = keep_ours(pipes[INPUT][WRITE_END]);
  spawned->stdout = keep_ours(pipes[OUTPUT][READ_END]);
  spawned->stderr = keep_ours(pipes[ERRORS][READ_END]);
  spawned->status = keep_ours(pipes[STATUS][READ_END]);
  spawned->terminal = -1;
  return pid;
}

/* Whoever feeds and whoever reads closes his own, so each has one. */
static long duplicate_master(int master, int duplicates[2]) {
  for (int index = 0; index < 2; index++) {
    long duplicate = sys_duplicate(master, FIRST_FREE);
    if (duplicate < 0) {
      close_all(duplicates, index);
      return duplicate;
    }
    duplicates[index] = (int)duplicate;
  }
  return 0;
}

static long open_terminal(const struct stage_request *request, struct terminal *terminal, int masters[2], int status[2]) {
  long error = terminal_open(terminal, request->terminal_size);
  if (error < 0) return error;
  if ((error = duplicate_master(terminal->master, masters)) == 0) {
    if ((error = sys_pipe(status, FLAG_CLOEXEC)) == 0) return 0;
    close_all(masters, 2);
  }
  sys_close(terminal->master);
  sys_close(terminal->slave);
  return error;
}

static long spawn_on_terminal(const struct stage_request *request, int working_folder, struct spawned *spawned) {
  struct terminal terminal;
  int masters[2], status[2];
  long error = open_terminal(request, &terminal, masters, status);
  if (error < 0) return error;
  const struct child_ends ends = {
      .stdin = terminal.slave,
      .stdout = terminal.slave,
      .stderr = terminal.slave,
      .are_terminal = true,
      .status = status[WRITE_END],
      .working_folder = working_folder,
  };
  long pid = start(request, &ends);
  /* Ours would make the kernel throw away what the program wrote last: it does so when the leader of a session ends
     while others have its terminal open. */
  sys_close(terminal.slave);
  sys_close(status[WRITE_END]);
  if (pid < 0) {
    sys_close(status[READ_END]);
    close_all(masters, 2);
    sys_close(terminal.master);
    return pid;
  }
  *spawned = (struct spawned){masters[0], masters[1], -1, terminal.master, keep_ours(status[READ_END])};
  return pid;
}

long spawn(const struct stage_request *request, int working_folder, struct spawned *spawned) {
  if (request->has_terminal) return spawn_on_terminal(request, working_folder, spawned);
  return spawn_on_pipes(request, working_folder, spawned);
}
