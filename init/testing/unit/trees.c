#define _GNU_SOURCE
/* Erasing, copying and putting back trees of files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../clean/copy.h"
#include "../../clean/erase.h"
#include "../../clean/put-back.h"
#include "../../clean/root.h"
#include "check.h"

/* On a tmpfs, as in a sandbox. */
static char root_path[] = "/dev/shm/run-it-init-XXXXXX";
static int root;
static struct copying copying;

static int open_root(void) { return open(root_path, O_RDONLY | O_DIRECTORY); }

static long steps(long (*step)(void *), void *of) {
  long result;
  do {
    result = step(of);
  } while (result > 0);
  return result;
}

static long erase_all(void) {
  struct erasing erasing;
  erase_begin(&erasing, open_root());
  return steps((long (*)(void *))(void *)erase_step, &erasing);
}

static long copy_all(int to, uint64_t room) {
  copy_begin(&copying, open_root(), to, room);
  return steps((long (*)(void *))(void *)copy_step, &copying);
}

static long put_back_all(int from) {
  struct putting_back putting;
  put_back_begin(&putting, open_root(), from);
  return steps((long (*)(void *))(void *)put_back_step, &putting);
}

static bool is_empty(void) {
  struct entries entries;
  long error = 0;
  entries_forget(&entries);
  int folder = open_root();
  bool empty = entries_next(&entries, folder, &error) == NULL && error == 0;
  close(folder);
  return empty;
}

static void put_file(const char *path, const char *text, mode_t mode) {
  int file = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (write(file, text, strlen(text)) < 0 || fchmod(file, mode) != 0) check("a file can be written", false);
  close(file);
}

static void put_many(const char *folder, int count) {
  char path[300];
  mkdirat(root, folder, 0700);
  for (int index = 0; index < count; index++) {
    snprintf(path, sizeof(path), "%s/%d", folder, index);
    if (index % 3 == 0) {
      mkdirat(root, path, 0700);
      strcat(path, "/inner");
    }
    put_file(path, "x", 0600);
  }
}

/* Makes a chain of folders, each inside the one before; stays clear of the longest path. */
static void put_deep(int depth) {
  int at = openat(root, ".", O_RDONLY | O_DIRECTORY);
  for (int level = 0; level < depth; level++) {
    mkdirat(at, "d", 0700);
    int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
    close(at);
    at = next;
  }
  close(at);
}

static void check_erasing(void) {
  char name[256];
  put_many("many", 3000);
  put_deep(12000);
  for (int byte = 1; byte < 256; byte++) {
    snprintf(name, sizeof(name), "%c%c", byte, byte);
    if (byte != '/' && byte != '.') put_file(name, "", 0);
  }
  memset(name, 'n', 255);
  name[255] = 0;
  put_file(name, "", 0);
  mkfifoat(root, "pipe", 0);
  linkat(root, "pipe", root, "hard", 0);
  symlinkat("/", root, "outside");
  symlinkat("loop", root, "loop");
  mkdirat(root, "shut", 0700);
  put_file("shut/in", "", 0);
  fchmodat(root, "shut", 0, 0);
  check("a hostile tree is erased", erase_all() == 0 && is_empty());
  check("what a link led to is not", access("/tmp", F_OK) == 0);
  check("an empty folder is erased too", erase_all() == 0 && is_empty());
}

static bool reads(const char *path, const char *expected) {
  char text[64] = {0};
  int file = openat(root, path, O_RDONLY | O_NOFOLLOW);
  long size = read(file, text, sizeof(text) - 1);
  close(file);
  return size == (long)strlen(expected) && strcmp(text, expected) == 0;
}

static bool looks(const char *path, mode_t mode, long modified) {
  struct stat status;
  return fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode == mode && status.st_mtim.tv_sec == modified &&
         status.st_mtim.tv_nsec == 7;
}

static void set_modified(const char *path, long seconds) {
  const struct timespec times[2] = {{seconds, 7}, {seconds, 7}};
  utimensat(root, path, times, AT_SYMLINK_NOFOLLOW);
}

static void put_example(void) {
  mkdirat(root, ".out", 0755);
  put_file(".out/main", "program", 0755);
  put_file("shut", "secret", 0);
  mkdirat(root, "a", 0755);
  mkdirat(root, "a/empty", 0711);
  mkdirat(root, "a/read-only", 0700);
  put_file("a/read-only/file", "kept", 0444);
  symlinkat("../shut", root, "a/link");
  mkfifoat(root, "a/pipe", 0600);
  fchmodat(root, "a/read-only", 0500, 0);
  put_many("many", 700);
  static const char *const paths[] = {".out/main", ".out", "shut", "a/empty", "a/read-only/file", "a/read-only", "a/link", "a"};
  for (int index = 0; index < 8; index++) set_modified(paths[index], 1000 + index);
}

static void check_example(const char *expectation) {
  struct stat status;
  check(expectation, reads(".out/main", "program") && reads("a/read-only/file", "kept") && reads("shut", "secret"));
  check("with the modes and times it had",
        looks(".out/main", S_IFREG | 0755, 1000) && looks(".out", S_IFDIR | 0755, 1001) && looks("shut", S_IFREG, 1002) &&
            looks("a/empty", S_IFDIR | 0711, 1003) && looks("a/read-only/file", S_IFREG | 0444, 1004) &&
            looks("a/read-only", S_IFDIR | 0500, 1005) && looks("a/link", S_IFLNK | 0777, 1006) && looks("a", S_IFDIR | 0755, 1007));
  check("and without what is neither file, folder nor link", fstatat(root, "a/pipe", &status, 0) != 0);
  check("all of a large folder", reads("many/699/inner", "x") && reads("many/698", "x") && reads("many/0/inner", "x"));
}

static void check_copying(void) {
  int copy = memfd_create("copy", MFD_ALLOW_SEALING);
  put_example();
  check("a tree is copied", copy_all(copy, 1 << 20) == 0);
  check("a sealed copy cannot be changed", sys_seal(copy) == 0 && write(copy, "x", 1) < 0 && ftruncate(copy, 0) < 0);
  for (int time = 0; time < 2; time++) {
    check("it is erased", erase_all() == 0 && is_empty());
    check("it is put back", put_back_all(copy) == 0);
    check_example("and is what it was");
  }
  check("nothing is put over what is there", put_back_all(copy) == -EEXIST);
  close(copy);
  erase_all();
}

static void check_bounds(void) {
  int copy = memfd_create("copy", 0);
  put_file("sparse", "", 0600);
  int file = openat(root, "sparse", O_WRONLY);
  check("a sparse file is refused before it is read",
        ftruncate(file, 1l << 40) == 0 && copy_all(copy, 1 << 20) == -EFBIG && lseek(copy, 0, SEEK_END) == 0);
  close(file);
  erase_all();
  put_file("file", "0123456789", 0600);
  for (int index = 0; index < 20; index++) {
    char name[16];
    snprintf(name, sizeof(name), "link%d", index);
    linkat(root, "file", root, name, 0);
  }
  check("hard links count as files of their own", copy_all(copy, 500) == -EFBIG);
  erase_all();
  put_deep(MAX_DEPTH + 1);
  check("a tree that is too deep is refused", copy_all(copy, 1 << 30) == -ENAMETOOLONG);
  erase_all();
  put_deep(MAX_DEPTH);
  check("one that is not is copied", ftruncate(copy, 0) == 0 && lseek(copy, 0, SEEK_SET) == 0 && copy_all(copy, 1 << 30) == 0);
  check("and put back", erase_all() == 0 && put_back_all(copy) == 0 && !is_empty());
  check("a copy that was cut off is told", erase_all() == 0 && ftruncate(copy, 100) == 0 && put_back_all(copy) == -EIO);
  close(copy);
  erase_all();
}

static void check_root(void) {
  struct root folder;
  struct stat status;
  chmod(root_path, 0751);
  set_modified(".", 5000);
  root_remember(&folder, root_path);
  chmod(root_path, 01777);
  set_modified(".", 6000);
  bool marked = setxattr(root_path, "user.mark", "1", 1, 0) == 0;
  long fd = root_open(&folder);
  check("a folder can be opened whatever its mode", fd >= 0);
  check("it keeps no attributes", !marked || getxattr(root_path, "user.mark", NULL, 0) < 0);
  close((int)fd);
  check("its mode and times come back", root_settle(&folder) == 0 && stat(root_path, &status) == 0 &&
                                            (status.st_mode & 07777) == 0751 && status.st_mtim.tv_sec == 5000);
}

void check_trees(void) {
  umask(0);
  if (mkdtemp(root_path) == NULL) return check("a folder can be made", false);
  root = open(root_path, O_PATH | O_DIRECTORY);
  int before = open("/dev/null", O_RDONLY);
  check_erasing();
  check_copying();
  check_bounds();
  check_root();
  int after = open("/dev/null", O_RDONLY);
  check("no descriptor is left open", after == before + 1);
  close(before);
  close(after);
  close(root);
  check("the test's folder can be removed", rmdir(root_path) == 0);
}
