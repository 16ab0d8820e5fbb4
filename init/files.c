/* Puts files and folders below one folder. */

#include "files.h"

#include <string.h>

#include "path.h"
#include "syscalls.h"

enum { NEW_FOLDER_MODE = 0755 };

/* O_PATH needs no permission to read the folder; with O_DIRECTORY, O_NOFOLLOW refuses a link instead of opening it. */
static long open_folder(int parent, const char *name) {
  return sys_openat(parent, name, FLAG_PATH | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
}

static long enter_folder(int parent, const char *name, uint32_t mode) {
  long made = sys_mkdirat(parent, name, mode);
  if (made < 0 && made != -ERROR_EXISTS) return made;
  return open_folder(parent, name);
}

/* Opens the folder that the last part of `path` is in, and makes what is missing. `path` is cut into its parts. */
static long open_parent(int root, char *path, const char **last) {
  long folder = open_folder(root, ".");
  char *part = path;
  for (char *at = path; folder >= 0 && *at != 0; at++) {
    if (*at != '/') continue;
    *at = 0;
    long next = enter_folder((int)folder, part, NEW_FOLDER_MODE);
    sys_close((int)folder);
    folder = next;
    part = at + 1;
  }
  *last = part;
  return folder;
}

void files_end(struct files *files) {
  if (files->open >= 0) sys_close(files->open);
  files->open = -1;
}

static long create(struct files *files, uint32_t mode, const char *name, int folder) {
  int flags = FLAG_WRITE | FLAG_CREATE | FLAG_EXCLUSIVE | FLAG_NOFOLLOW | FLAG_CLOEXEC;
  long file = sys_openat(folder, name, flags, mode);
  if (file < 0) return file;
  files->open = (int)file;
  return 0;
}

long files_begin(struct files *files, uint32_t mode, const uint8_t *path, size_t path_size) {
  static char copy[MAX_PATH_BYTES + 1];
  files_end(files);
  files->began = 1;
  memcpy(copy, path, path_size);
  copy[path_size] = 0;
  const char *name;
  long folder = open_parent(files->root, copy, &name);
  if (folder < 0) return folder;
  long made = create(files, mode, name, (int)folder);
  sys_close((int)folder);
  return made;
}

long files_write(struct files *files, const uint8_t *bytes, size_t size) {
  while (size > 0 && files->open >= 0) {
    long wrote = sys_write(files->open, bytes, size);
    if (wrote == -ERROR_INTERRUPTED) continue;
    if (wrote < 0) {
      files_end(files);
      return wrote;
    }
    bytes += wrote;
    size -= (size_t)wrote;
  }
  return 0;
}

long files_make_folder(struct files *files, uint32_t mode, const uint8_t *path, size_t path_size) {
  static char copy[MAX_PATH_BYTES + 1];
  files_end(files);
  memcpy(copy, path, path_size);
  copy[path_size] = 0;
  const char *name;
  long parent = open_parent(files->root, copy, &name);
  if (parent < 0) return parent;
  long made = enter_folder((int)parent, name, mode);
  sys_close((int)parent);
  if (made < 0) return made;
  sys_close((int)made);
  return 0;
}
