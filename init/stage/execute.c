/* Becomes the program, or says on stderr why not. */

#include "execute.h"

#include <string.h>

#include "../syscalls.h"
#include "search-path.h"

static bool has_slash(const char *name) {
  for (; *name != 0; name++) {
    if (*name == '/') return true;
  }
  return false;
}

static bool is_absent(long error) { return error == -ERROR_NO_ENTRY || error == -ERROR_NOT_FOLDER; }

/* Only comes back when it failed: with the error that says most. */
static long search(const char *name, char *const *arguments, char *const *variables) {
  char candidate[SEARCH_PATH_BYTES];
  long worst = -ERROR_NO_ENTRY;
  for (const char *path = search_path_of(variables); search_path_next(&path, name, candidate);) {
    long error = sys_execve(candidate, arguments, variables);
    if (is_absent(error)) continue;
    worst = error;
    if (error != -ERROR_ACCESS) break;
  }
  return worst;
}

static const char *reason(long error, const char *name) {
  switch (error) {
    case -ERROR_NO_ENTRY:
    case -ERROR_NOT_FOLDER:
      if (!has_slash(name)) return "command not found";
      return sys_faccessat(CURRENT_FOLDER, name, 0) == 0 ? "its interpreter was not found" : "no such file";
    case -ERROR_ACCESS:
    case -ERROR_PERMISSION:
      return "permission denied";
    case -ERROR_NOT_EXECUTABLE:
      return "not an executable format";
    case -ERROR_ARGUMENTS_TOO_LONG:
      return "its arguments and variables are too long";
    case -ERROR_FILE_BUSY:
      return "it is being written to";
    case -ERROR_NAME_TOO_LONG:
      return "its name is too long";
    case -ERROR_LOOP:
      return "too many symbolic links";
    default:
      return "cannot be executed";
  }
}

static void say(const char *text) { sys_write(2, text, strlen(text)); }

int execute(char *const *arguments, char *const *variables) {
  const char *name = arguments[0];
  long error = -ERROR_NO_ENTRY;
  if (has_slash(name)) {
    error = sys_execve(name, arguments, variables);
  } else if (name[0] != 0) {
    error = search(name, arguments, variables);
  }
  say("run-it: ");
  say(name);
  say(": ");
  say(reason(error, name));
  say("\n");
  return is_absent(error) ? 127 : 126;
}
