/* Where a command may be found. */

#include "search-path.h"

#include <string.h>

const char *search_path_of(char *const *variables) {
  const char *found = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (; *variables != NULL; variables++) {
    if (strlen(*variables) >= 5 && memcmp(*variables, "PATH=", 5) == 0) return *variables + 5;
  }
  return found;
}

bool search_path_next(const char **path, const char *name, char candidate[SEARCH_PATH_BYTES]) {
  if (*path == NULL) return false;
  size_t folder = 0, name_size = strlen(name);
  while ((*path)[folder] != 0 && (*path)[folder] != ':') folder++;

  if (folder + 1 + name_size + 1 > SEARCH_PATH_BYTES) {
    candidate[0] = 0;
  } else {
    char *to = candidate;
    memcpy(to, *path, folder);
    to += folder;
    if (folder > 0) *to++ = '/';
    memcpy(to, name, name_size + 1);
  }
  *path = (*path)[folder] == 0 ? NULL : *path + folder + 1;
  return true;
}
