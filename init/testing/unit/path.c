#include "../../path.h"

#include <string.h>

#include "check.h"

static bool accepts(const char *path) { return path_is_acceptable((const uint8_t *)path, strlen(path)); }

void check_paths(void) {
  check("a path may be a name", accepts("a"));
  check("a path may have folders", accepts("a/b/c.txt"));
  check("a path may have parts that begin with dots", accepts("...") && accepts(".a") && accepts("..a/.b"));
  check("a path may have any byte but NUL", accepts("\n\xff \t/\x01"));
  check("an empty path is refused", !accepts(""));
  check("an absolute path is refused", !accepts("/") && !accepts("/a"));
  check("a path that ends in a slash is refused", !accepts("a/"));
  check("an empty part is refused", !accepts("a//b"));
  check("a dot is refused as a part", !accepts(".") && !accepts("./a") && !accepts("a/.") && !accepts("a/./b"));
  check("two dots are refused as a part", !accepts("..") && !accepts("../a") && !accepts("a/..") && !accepts("a/../b"));
  check("a NUL is refused wherever it is", !path_is_acceptable((const uint8_t *)"a\0b", 3) &&
                                               !path_is_acceptable((const uint8_t *)"ab", 3) &&
                                               !path_is_acceptable((const uint8_t *)"\0ab", 3));
  static uint8_t longest[MAX_PATH_BYTES + 1];
  memset(longest, 'a', sizeof(longest));
  check("a path may have 4,095 bytes", path_is_acceptable(longest, MAX_PATH_BYTES));
  check("a path of 4,096 bytes is refused", !path_is_acceptable(longest, MAX_PATH_BYTES + 1));
}
