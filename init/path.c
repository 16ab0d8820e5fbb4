/* Which paths may be written to. */

#include "path.h"

static bool part_is_acceptable(const uint8_t *part, size_t size) {
  if (size == 0) return false;
  if (size == 1 && part[0] == '.') return false;
  return !(size == 2 && part[0] == '.' && part[1] == '.');
}

bool path_is_acceptable(const uint8_t *path, size_t size) {
  if (size == 0 || size > MAX_PATH_BYTES) return false;
  size_t start = 0;
  for (size_t at = 0; at < size; at++) {
    if (path[at] == 0) return false;
    if (path[at] != '/') continue;
    if (!part_is_acceptable(path + start, at - start)) return false;
    start = at + 1;
  }
  return part_is_acceptable(path + start, size - start);
}
