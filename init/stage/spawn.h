#pragma once
/* Starts a stage's first process. */

#include "../stage-request.h"

/* Our ends of what it reads and writes. None of them ever makes us wait. */
struct spawned {
  /* With a terminal the first two are its master, each in its own right, and there is no `stderr`: -1. */
  int stdin, stdout, stderr;
  /* The master once more, for what is neither read nor written; -1 without a terminal. */
  int terminal;
  /* Where an errno comes when it never became the program. */
  int status;
};

/* Returns its pid, or a negative errno. */
long spawn(const struct stage_request *request, int working_folder, struct spawned *spawned);
