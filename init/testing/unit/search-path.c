#include "../../stage/search-path.h"

#include <string.h>

#include "check.h"

static bool next_is(const char **path, const char *name, const char *expected) {
  char candidate[SEARCH_PATH_BYTES];
  return search_path_next(path, name, candidate) && strcmp(candidate, expected) == 0;
}

void check_search_path(void) {
  char candidate[SEARCH_PATH_BYTES];
  const char *path = "/bin::/usr/bin:";
  check("the first folder comes first", next_is(&path, "ls", "/bin/ls"));
  check("an empty folder is the current one", next_is(&path, "ls", "ls"));
  check("the next folder follows", next_is(&path, "ls", "/usr/bin/ls"));
  check("a colon at the end is an empty folder", next_is(&path, "ls", "ls"));
  check("a search ends", !search_path_next(&path, "ls", candidate));
  path = "";
  check("an empty PATH is the current folder", next_is(&path, "ls", "ls"));
  check("an empty PATH has nothing more", !search_path_next(&path, "ls", candidate));

  static char folder[SEARCH_PATH_BYTES + 1];
  memset(folder, 'a', SEARCH_PATH_BYTES - 4);
  path = folder;
  check("a candidate may fill the buffer", search_path_next(&path, "ls", candidate) && strlen(candidate) == SEARCH_PATH_BYTES - 1);
  memset(folder, 'a', SEARCH_PATH_BYTES - 3);
  path = folder;
  check("a candidate that is too long is empty", next_is(&path, "ls", ""));

  char *with[] = {"HOME=/code", "PATH=/a:/b", NULL}, *without[] = {"XPATH=/a", "PATHS=/b", NULL};
  check("PATH is taken from the variables", strcmp(search_path_of(with), "/a:/b") == 0);
  check("there is a PATH without one", strncmp(search_path_of(without), "/usr/local/sbin:", 16) == 0);
}
