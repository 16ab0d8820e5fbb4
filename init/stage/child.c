/* What happens between fork and the program's first instruction. */

#include "child.h"

#include <string.h>

#include "../syscalls.h"
#include "execute.h"
#include "seccomp.h"

enum {
  /* Above the three standard ones. */
  STATUS = 3,
  CANNOT_BE_EXECUTED = 126,
  TERMINAL_CONTROLS_US = 0x540e,
};

/* The engine may have started us with some ignored, and a program expects none to be. */
static void reset_signals(void) {
  for (int signal = 1; signal <= SIGNAL_LAST; signal++) sys_default_signal(signal);
  sys_set_signal_mask(0);
}

/* Only an earlier stage can have shut the folder: it ends this one as an ordinary program would that cannot enter. */
static void enter(int working_folder) {
  static const char complaint[] = "run-it: /code: permission denied\n";
  if (sys_fchdir(working_folder) == 0) return;
  sys_write(2, complaint, strlen(complaint));
  sys_exit(CANNOT_BE_EXECUTED);
}

static long arrange_descriptors(const struct child_ends *ends) {
  long error;
  if (ends->are_terminal && (error = sys_ioctl(ends->stdin, TERMINAL_CONTROLS_US, 0)) < 0) return error;
  if ((error = sys_dup(ends->stdin, 0, 0)) < 0) return error;
  if ((error = sys_dup(ends->stdout, 1, 0)) < 0) return error;
  if ((error = sys_dup(ends->stderr, 2, 0)) < 0) return error;
  enter(ends->working_folder);
  if (ends->status != STATUS && (error = sys_dup(ends->status, STATUS, FLAG_CLOEXEC)) < 0) return error;
  sys_close_from(STATUS + 1);
  return 0;
}

/* So that the kernel kills the program and never init. /proc/self belongs to root while we are not dumpable; nothing
   else of this uid is alive now, and the exec settles the flag anyway. Best effort: /proc may not be there. */
static void be_first_to_be_killed_for_memory(void) {
  sys_prctl(PROCESS_SET_DUMPABLE, 1, 0);
  long file = sys_openat(CURRENT_FOLDER, "/proc/self/oom_score_adj", FLAG_WRITE | FLAG_CLOEXEC, 0);
  if (file < 0) return;
  sys_write((int)file, "1000", 4);
  sys_close((int)file);
}

/* A net below init's own watch on CPU time, which also holds where the cgroup cannot be read; late enough never to win. */
static uint64_t cpu_limit_seconds(uint64_t limit_us) { return limit_us / 1000000 + 2; }

static long set_limits(const struct stage_request *request) {
  long error;
  /* With 1 no core is written, and none is piped to the host either: see the filter. An engine may allow only 0. */
  if (sys_set_limit(LIMIT_CORE, 1) < 0 && (error = sys_set_limit(LIMIT_CORE, 0)) < 0) return error;
  if ((error = sys_set_limit(LIMIT_OPEN_FILES, request->open_files_limit)) < 0) return error;
  if ((error = sys_set_limit(LIMIT_FILE_SIZE, request->file_size_limit_bytes)) < 0) return error;
  return sys_set_limit(LIMIT_CPU, cpu_limit_seconds(request->cpu_limit_us));
}

static long become_harmless(void) {
  long error = sys_prctl(PROCESS_SET_NO_NEW_PRIVILEGES, 1, 0);
  return error < 0 ? error : seccomp_install();
}

__attribute__((noreturn)) static void refuse(int status, long error) {
  int32_t number = (int32_t)-error;
  sys_write(status, &number, sizeof(number));
  sys_exit(127);
}

__attribute__((noreturn)) void child_become(const struct stage_request *request, const struct child_ends *ends) {
  long error;
  sys_setsid();
  reset_signals();
  if ((error = arrange_descriptors(ends)) < 0) refuse(ends->status, error);
  be_first_to_be_killed_for_memory();
  sys_umask(022);
  if ((error = set_limits(request)) < 0 || (error = become_harmless()) < 0) refuse(STATUS, error);
  sys_exit(execute(request->arguments, request->variables));
}
