#define _GNU_SOURCE
#include "../../files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char root[] = "/tmp/run-it-init-XXXXXX";
static struct files files = {.root = -1, .open = -1};

static long begin(const char *path, uint32_t mode) { return files_begin(&files, mode, (const uint8_t *)path, strlen(path)); }

static long folder(const char *path, uint32_t mode) {
  return files_make_folder(&files, mode, (const uint8_t *)path, strlen(path));
}

static bool contains(const char *path, const char *expected) {
  char text[64] = {0};
  int fd = openat(files.root, path, O_RDONLY);
  long size = read(fd, text, sizeof(text) - 1);
  close(fd);
  return size == (long)strlen(expected) && strcmp(text, expected) == 0;
}

static bool has_mode(const char *path, mode_t mode) {
  struct stat status;
  return fstatat(files.root, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && (status.st_mode & 07777) == mode;
}

static bool is_absent(const char *path) { return faccessat(AT_FDCWD, path, F_OK, 0) != 0; }

static void check_writing(void) {
  check("a file can be begun", begin("main.go", 0644) == 0);
  check("a file can be written in pieces",
        files_write(&files, (const uint8_t *)"one ", 4) == 0 && files_write(&files, (const uint8_t *)"two", 3) == 0);
  check("folders on the way are made", begin("a/b/c.txt", 0755) == 0 && contains("main.go", "one two"));
  check("modes are as told", has_mode("main.go", 0644) && has_mode("a/b/c.txt", 0755) && has_mode("a/b", 0755));
  check("a folder that is there is used", begin("a/b/d.txt", 0600) == 0 && has_mode("a/b/d.txt", 0600));
  check("a file that is there is not written to", begin("main.go", 0644) == -EEXIST && contains("main.go", "one two"));
  check("what follows a failure is dropped", files_write(&files, (const uint8_t *)"three", 5) == 0);
  check("a file is not taken for a folder", begin("main.go/x", 0644) == -ENOTDIR);
  check("a folder can be made", folder("empty/inner", 0700) == 0 && has_mode("empty/inner", 0700));
  check("a folder may be there already", folder("empty", 0755) == 0);
  check("a file in the place of a folder is told", folder("main.go", 0755) == -ENOTDIR);
  check("a name that is too long is told", begin("ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
                                                 "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
                                                 "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
                                                 "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
                                                 0644) == -ENAMETOOLONG);
}

static void check_links(void) {
  char outside[] = "/tmp/run-it-outside-XXXXXX", target[64];
  if (mkdtemp(outside) == NULL) return check("a folder can be made", false);
  snprintf(target, sizeof(target), "%s/file", outside);
  symlinkat(outside, files.root, "link");
  symlinkat(target, files.root, "dangling");
  symlinkat("a", files.root, "inside");
  check("a link to a folder is not followed", begin("link/file", 0644) == -ENOTDIR && is_absent(target));
  check("a link to nowhere is not followed", begin("dangling", 0644) == -EEXIST && is_absent(target));
  check("a link to a folder below is not followed either", begin("inside/file", 0644) == -ENOTDIR);
  check("a link is not taken for a folder", folder("link", 0755) == -ENOTDIR);
  check("no folder is made behind a link", folder("link/inner", 0755) == -ENOTDIR);
  rmdir(outside);
}

void check_files(void) {
  umask(0);
  if (mkdtemp(root) == NULL) return check("a folder can be made", false);
  files.root = open(root, O_PATH | O_DIRECTORY);
  check_writing();
  check_links();
  files_end(&files);
  int before = open("/dev/null", O_RDONLY);
  for (int index = 0; index < 100; index++) begin("deep/er/and/deeper", 0644);
  files_end(&files);
  int after = open("/dev/null", O_RDONLY);
  check("no descriptor is left open", after == before + 1);
  close(before);
  close(after);
  char command[64];
  snprintf(command, sizeof(command), "rm -rf %s", root);
  check("the test's folder can be removed", system(command) == 0);
}
