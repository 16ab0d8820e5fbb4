#pragma once
/* Opens what lies below a folder, and follows no symbolic link on the way. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an open file, or of a name in an open folder. */
struct file_facts {
  uint64_t size;
  bool is_regular, is_folder;
};

/* An empty path is the folder itself; any other must be acceptable. `flags` are for the last part. Returns a descriptor or a
   negative errno. */
long open_below(int root, const uint8_t *path, size_t size, int flags);

/* Returns 0 or a negative errno. `name` empty: of the descriptor itself. */
long look_at(int fd, const char *name, struct file_facts *facts);
