#pragma once
/* Where a command may be found. */

#include <stdbool.h>
#include <stddef.h>

enum { SEARCH_PATH_BYTES = 4096 };

/* The value of PATH among the variables, or what a shell without one would use. */
const char *search_path_of(char *const *variables);

/* Writes the next candidate for `name` and moves `*path` past its folder. An empty folder is the current one.
   Returns false when there is none left. A candidate that is too long comes out as an empty string. */
bool search_path_next(const char **path, const char *name, char candidate[SEARCH_PATH_BYTES]);
