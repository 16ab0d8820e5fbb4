#pragma once
/* Puts files and folders below one folder. Never follows a symbolic link, never writes to what is there already. */

#include <stddef.h>
#include <stdint.h>

struct files {
  /* The folder below which everything lands. */
  int root;
  /* The file that `file-data` goes on with, or -1. */
  int open;
  /* errno of the first thing that failed since the last stage, or 0. */
  int error;
  /* A `file` frame came, so `file-data` may. */
  int began;
};

/* These return 0 or a negative errno. The path must be acceptable. */
long files_begin(struct files *files, uint32_t mode, const uint8_t *path, size_t path_size);
long files_write(struct files *files, const uint8_t *bytes, size_t size);
long files_make_folder(struct files *files, uint32_t mode, const uint8_t *path, size_t path_size);
void files_end(struct files *files);
