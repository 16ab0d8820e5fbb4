#pragma once
/* What happens between fork and the program's first instruction. */

#include "../stage-request.h"

struct child_ends {
  int stdin, stdout, stderr;
  /* All three are one terminal, and it is to control the program's session. */
  bool are_terminal;
  /* An errno is written here when the process cannot be made as it must be. Closed by the exec. */
  int status;
  int working_folder;
};

__attribute__((noreturn)) void child_become(const struct stage_request *request, const struct child_ends *ends);
