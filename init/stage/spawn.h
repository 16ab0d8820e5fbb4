#pragma once
/* Starts a stage's first process. */

#include "../stage-request.h"

/* Our ends of its pipes. None of them ever makes us wait. */
struct spawned {
  int stdin, stdout, stderr;
  /* Where an errno comes when it never became the program. */
  int status;
};

/* Returns its pid, or a negative errno. */
long spawn(const struct stage_request *request, int working_folder, struct spawned *spawned);
