#define _GNU_SOURCE
#include "../../collect/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../bytes.h"
#include "../../collect/walk.h"
#include "check.h"

static char root_path[] = "/tmp/run-it-collect-XXXXXX";
static int root;
static struct outbox outbox;

/* What was said since the last list or read began. */
static char listed[4096];
static uint64_t listed_size;
static uint32_t listed_count, missed, error, data_size;
static bool truncated;
static char data[64];

static void hear_entry(const uint8_t *payload, uint32_t size) {
  size_t used = strlen(listed);
  listed_count++;
  listed_size = get_u64(payload);
  if (used + size < sizeof(listed)) {
    memcpy(listed + used, payload + 8, size - 8);
    memcpy(listed + used + size - 8, "\n", 2);
  }
}

static void hear_data(const uint8_t *payload, uint32_t size) {
  if (data_size + size < sizeof(data)) memcpy(data + data_size, payload, size);
  data_size += size;
}

static void hear(void) {
  for (size_t at = outbox.head; at < outbox.tail;) {
    uint32_t size = get_u32(outbox.bytes + at);
    const uint8_t *payload = outbox.bytes + at + FRAME_HEADER_BYTES;
    switch (outbox.bytes[at + 4]) {
      case FRAME_ENTRY:
        hear_entry(payload, size);
        break;
      case FRAME_LIST_END:
        missed = get_u32(payload);
        break;
      case FRAME_READ_DATA:
        hear_data(payload, size);
        break;
      case FRAME_READ_END:
        error = get_u32(payload);
        truncated = payload[4] != 0;
        break;
    }
    at += FRAME_HEADER_BYTES + size;
  }
  outbox.head = outbox.tail = 0;
}

static void finish(void) {
  listed[0] = 0;
  listed_count = data_size = 0;
  missed = error = 99;
  memset(data, 0, sizeof(data));
  for (int turns = 0; collect_is_running(); turns++) {
    if (turns > 100000) return check("it comes to an end", false);
    collect_step(&outbox);
    hear();
  }
}

static const char *begin_list(uint32_t entries, uint32_t depth, uint32_t path_bytes, uint32_t time_ms) {
  uint8_t payload[16];
  put_u32(put_u32(put_u32(put_u32(payload, entries), depth), path_bytes), time_ms);
  struct frame frame = {FRAME_LIST, sizeof(payload), payload};
  return collect_list(&frame);
}

static void list(uint32_t entries, uint32_t depth, uint32_t path_bytes) {
  check("a list can be begun", begin_list(entries, depth, path_bytes, 10000) == NULL);
  finish();
}

static const char *begin_read(const char *path, uint64_t max_bytes) {
  uint8_t payload[128];
  put_u64(payload, max_bytes);
  memcpy(payload + 8, path, strlen(path));
  struct frame frame = {FRAME_READ, 8 + (uint32_t)strlen(path), payload};
  return collect_read(&frame);
}

static void read_file(const char *path, uint64_t max_bytes) {
  check("a read can be begun", begin_read(path, max_bytes) == NULL);
  finish();
}

static void make(const char *path, const char *content, mode_t mode) {
  int fd = openat(root, path, O_WRONLY | O_CREAT, 0644);
  check("a file can be made", write(fd, content, strlen(content)) == (long)strlen(content) && fchmod(fd, mode) == 0);
  close(fd);
}

static bool has(const char *path) {
  char line[300];
  snprintf(line, sizeof(line), "%s\n", path);
  const char *found = strstr(listed, line);
  return found != NULL && (found == listed || found[-1] == '\n');
}

static void make_special(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", root_path);
  check("a socket can be made", bind(unix_socket, (struct sockaddr *)&address, sizeof(address)) == 0);
  close(unix_socket);
  check("others can be made", mkfifoat(root, "fifo", 0600) == 0 && symlinkat("plain", root, "link") == 0 &&
                                  symlinkat("folder", root, "link-to-folder") == 0);
}

static void check_list(void) {
  make("plain", "hello", 0644);
  make("new\nline", "", 0644);
  make("not\xff utf8", "", 0644);
  mkdirat(root, "folder", 0755);
  make("folder/inner", "inner", 0644);
  linkat(root, "plain", root, "folder/hard", 0);
  make_special();
  list(1000, 10, 1000);
  check("regular files are listed, wherever they are", has("plain") && has("folder/inner") && has("folder/hard"));
  check("under any name", has("not\xff utf8") && strstr(listed, "new\nline\n") != NULL);
  check("and nothing else is", listed_count == 5 && missed == 0);
  int fd = openat(root, "sparse", O_WRONLY | O_CREAT, 0644);
  check("a sparse file can be made", ftruncate(fd, 1l << 40) == 0);
  close(fd);
  list(1000, 1, 6);
  check("a size is the one that it says it has", listed_count == 2 && listed_size > 0);
  check("paths that are too long are missed, and it is told", missed == MISSED_DEEP && has("plain") && has("sparse"));
  list(3, 10, 1000);
  check("a bound of entries ends a list, and it is told", missed == MISSED_MORE && listed_count <= 3);
  list(9, 10, 1000);
  check("what comes first is near the top", missed == MISSED_MORE && !has("folder/inner"));
}

static void check_deep(void) {
  int at = dup(root);
  for (int depth = 0; depth < 500; depth++) {
    mkdirat(at, "d", 0755);
    int next = openat(at, "d", O_PATH);
    close(at);
    at = next;
  }
  close(at);
  list(1000, 50, 4000);
  check("a folder that is too deep is missed, and it is told", missed == MISSED_DEEP && has("plain"));
  list(1000, 400, 200);
  check("a path that is too long is missed, and it is told", missed == MISSED_DEEP && has("plain"));
}

static void check_many(void) {
  char name[260];
  mkdirat(root, "many", 0755);
  for (int index = 0; index < 1500; index++) {
    snprintf(name, sizeof(name), "many/%04d%0200d", index, 0);
    mkdirat(root, name, 0755);
  }
  list(100000, 10, 1000);
  check("more folders than the queue holds are missed, and it is told", (missed & MISSED_MORE) != 0);
  check("and the others are not", has("folder/inner"));
}

/* A mode means nothing to root. */
static void check_shut(void) {
  if (geteuid() == 0) return;
  make("shut-file", "secret", 0);
  mkdirat(root, "shut", 0);
  list(1000, 2, 1000);
  check("a folder that is shut is missed, and it is told", (missed & MISSED_SHUT) != 0 && has("plain"));
  read_file("shut-file", 10);
  check("a file that is shut is told", error == EACCES);
}

static void check_read(void) {
  read_file("plain", 100);
  check("a file is read", error == 0 && !truncated && strcmp(data, "hello") == 0);
  read_file("folder/inner", 5);
  check("up to its last byte", error == 0 && !truncated && data_size == 5);
  read_file("plain", 3);
  check("but not beyond what was asked for", error == 0 && truncated && strcmp(data, "hel") == 0);
  read_file("plain", 0);
  check("which may be nothing", error == 0 && truncated && data_size == 0);
  read_file("sparse", 1 << 20);
  check("a sparse file is bounded like any other", error == 0 && truncated && data_size == 1 << 20);
  read_file("link", 10);
  check("a link is not followed", error == ELOOP && data_size == 0);
  read_file("link-to-folder/inner", 10);
  check("on the way neither", error == ENOTDIR);
  read_file("fifo", 10);
  check("a fifo is not waited for", error == EINVAL);
  read_file("socket", 10);
  check("a socket is not opened", error == ENXIO);
  read_file("folder", 10);
  check("a folder is no file", error == EINVAL);
  read_file("absent", 10);
  check("what is not there is told", error == ENOENT);
}

static void check_rules(void) {
  check("a path that leads out breaks a rule", begin_read("../x", 1) != NULL && begin_read("/etc/passwd", 1) != NULL && begin_read("", 1) != NULL);
  check("a bound of nothing breaks one", begin_list(0, 1, 1, 1) != NULL && begin_list(1, 0, 1, 1) != NULL &&
                                           begin_list(1, 1, 0, 1) != NULL && begin_list(1, 1, 1, 0) != NULL);
  struct frame frame = {FRAME_LIST, 15, (const uint8_t *)"123456789012345"};
  check("a list frame of another size breaks one", collect_list(&frame) != NULL);
  frame = (struct frame){FRAME_READ, 7, (const uint8_t *)"1234567"};
  check("a read frame that is too short breaks one", collect_read(&frame) != NULL);
  check("what broke a rule is not under way", !collect_is_running());
}

static void check_room(void) {
  check("a read can be begun", begin_read("plain", 5) == NULL);
  outbox.tail = OUTBOX_BYTES - 1000;
  check("without room nothing is due", !collect_is_due(&outbox));
  collect_step(&outbox);
  check("and nothing happens", outbox.tail == OUTBOX_BYTES - 1000 && collect_is_running());
  outbox.tail = 0;
  check("with room it goes on", collect_is_due(&outbox));
  finish();
  check("to its end", error == 0 && data_size == 5 && !collect_is_due(&outbox));
}

static int next_descriptor(void) {
  int fd = open("/dev/null", O_RDONLY);
  close(fd);
  return fd;
}

void check_collect(void) {
  if (mkdtemp(root_path) == NULL) return check("a folder can be made", false);
  root = open(root_path, O_PATH | O_DIRECTORY);
  collect_open(root);
  check_rules();
  check_list();
  int before = next_descriptor();
  check_read();
  check_room();
  check_deep();
  check_shut();
  check_many();
  check("no descriptor is left open", next_descriptor() == before);
  char command[128];
  snprintf(command, sizeof(command), "chmod -R u+rwx %s && rm -rf %s", root_path, root_path);
  check("the test's folder can be removed", system(command) == 0);
}
