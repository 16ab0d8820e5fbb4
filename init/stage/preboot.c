/* A process that waits for its source. */

#include "preboot.h"

#include <string.h>

#include "../bytes.h"
#include "../clean/calls.h"
#include "../clock.h"
#include "../limits/cgroup.h"
#include "../limits/counter-text.h"
#include "../path.h"
#include "reap.h"
#include "source-feed.h"

enum {
  /* Name, a few arguments, a few variables: whoever wants more can start plainly. */
  REQUEST_BYTES = 64 * 1024,
  NAME_BYTES = 255,
  /* How often we look whether it has come to open its source. */
  LOOK_US = 2 * 1000,
  BOOT_PATIENCE_US = 10 * 1000 * 1000,
  KILL_AGAIN_US = 5 * 1000,
  KILL_PATIENCE_US = 10 * 1000 * 1000,
  PREBOOTED_BYTES = 12,
};

enum phase { PHASE_NONE, PHASE_BOOTING, PHASE_WAITING, PHASE_ENDING };

static struct {
  enum phase phase;
  int working_folder;
  /* Our end of its source's pipe, once it has opened the other. */
  int source;
  bool pipe_is_there;
  /* To be told in the `prebooted` frame when it has ended; 0: nothing is to be told any more. */
  int32_t error;
  uint64_t began_us, next_look_us;
  struct reaping reaping;
  struct spawned ends;
  struct source_feed feed;
  char name[NAME_BYTES + 1];
  uint8_t request[REQUEST_BYTES];
  size_t request_size;
} preboot = {.source = -1, .feed = {.from = -1, .to = -1}};

void preboot_open(int working_folder) { preboot.working_folder = working_folder; }

bool preboot_is_ending(void) { return preboot.phase == PHASE_ENDING; }
bool preboot_is_waiting(void) { return preboot.phase == PHASE_WAITING; }
int preboot_pid(void) { return preboot.phase == PHASE_WAITING ? preboot.reaping.first_pid : 0; }

static void remove_pipe(void) {
  if (preboot.pipe_is_there) sys_unlink(preboot.working_folder, preboot.name, 0);
  preboot.pipe_is_there = false;
}

static void answer(struct outbox *outbox, int32_t error) {
  uint8_t payload[PREBOOTED_BYTES];
  uint64_t memory = cgroup_memory_bytes();
  put_u64(put_u32(payload, (uint32_t)error), memory == NOT_MEASURED ? 0 : memory);
  outbox_put(outbox, FRAME_PREBOOTED, payload, sizeof(payload));
}

static void end_because(int32_t error) {
  preboot.phase = PHASE_ENDING;
  preboot.error = error;
  preboot.began_us = now_us();
  /* It must not come to life while it is killed. */
  remove_pipe();
}

void preboot_end(void) {
  if (preboot.phase == PHASE_NONE || preboot.phase == PHASE_ENDING) return;
  end_because(preboot.phase == PHASE_BOOTING ? ERROR_CANCELED : 0);
}

static long start(const struct stage_request *request) {
  long error = sys_make_pipe(preboot.working_folder, preboot.name, 0600);
  if (error < 0) return error;
  preboot.pipe_is_there = true;
  return spawn(request, preboot.working_folder, &preboot.ends);
}

const char *preboot_start(const struct frame *frame) {
  struct stage_request request;
  if (frame->size < 4) return "a preboot frame is too short";
  uint32_t name_size = get_u32(frame->payload);
  const uint8_t *name = frame->payload + 4;
  if (name_size > frame->size - 4) return "a path is longer than its frame";
  if (name_size > NAME_BYTES || !path_is_acceptable(name, name_size)) return "a path is not acceptable";
  for (uint32_t index = 0; index < name_size; index++) {
    if (name[index] == '/') return "the source of a preboot is not in the working folder itself";
  }
  const uint8_t *stage = name + name_size;
  size_t stage_size = frame->size - 4 - name_size;
  if (stage_size > sizeof(preboot.request)) return "a preboot has too many bytes";
  memcpy(preboot.request, stage, stage_size);
  preboot.request_size = stage_size;
  const char *broken = stage_request_decode(&request, preboot.request, stage_size);
  if (broken != NULL) return broken;
  if (request.has_terminal || request.continues) return "a preboot has no flags";
  memcpy(preboot.name, name, name_size);
  preboot.name[name_size] = 0;
  preboot.began_us = now_us();
  preboot.next_look_us = preboot.began_us;
  long pid = start(&request);
  preboot.reaping = (struct reaping){.first_pid = pid < 0 ? 0 : (int)pid};
  preboot.phase = PHASE_BOOTING;
  if (pid < 0) {
    preboot.ends = (struct spawned){-1, -1, -1, -1, -1};
    end_because((int32_t)-pid);
  }
  return NULL;
}

bool preboot_is_in_the_way(const struct frame *frame, const struct files *files) {
  bool waiting = preboot.phase == PHASE_WAITING;
  if (preboot.phase == PHASE_NONE) return false;
  switch (frame->type) {
    case FRAME_FILE:
    case FRAME_FILE_DATA:
    case FRAME_FOLDER:
      return !waiting;
    case FRAME_STAGE:
      return !waiting || preboot.pipe_is_there || files->error != 0 ||
             !stage_request_continues(frame->payload, frame->size, preboot.request, preboot.request_size);
    case FRAME_STDIN:
    case FRAME_STDIN_END:
    case FRAME_SIGNAL:
    case FRAME_RESIZE:
      return false;
    default:
      return true;
  }
}

void preboot_make_way(const uint8_t *path, size_t path_size) {
  if (preboot.phase != PHASE_WAITING || path_size != strlen(preboot.name)) return;
  if (memcmp(path, preboot.name, path_size) == 0) remove_pipe();
}

long preboot_continue(struct spawned *spawned) {
  int flags = FLAG_READ | FLAG_NOFOLLOW | FLAG_CLOEXEC;
  long file = sys_openat(preboot.working_folder, preboot.name, flags, 0);
  if (file < 0) return file;
  *spawned = preboot.ends;
  source_feed_open(&preboot.feed, (int)file, preboot.source);
  preboot.source = -1;
  preboot.phase = PHASE_NONE;
  return preboot.reaping.first_pid;
}

/* Nobody reads what it wrote: it never had a stage. */
static void close_ends(void) {
  const int ends[] = {preboot.ends.stdin, preboot.ends.stdout, preboot.ends.stderr, preboot.ends.status, preboot.source};
  for (size_t index = 0; index < sizeof(ends) / sizeof(ends[0]); index++) {
    if (ends[index] >= 0) sys_close(ends[index]);
  }
  preboot.source = -1;
}

/* The kernel says ENXIO as long as nobody has the other end open. */
static void look(struct outbox *outbox) {
  uint64_t now = now_us();
  if (now < preboot.next_look_us) return;
  preboot.next_look_us = now + LOOK_US;
  int flags = FLAG_WRITE | FLAG_NONBLOCK | FLAG_NOFOLLOW | FLAG_CLOEXEC;
  long source = sys_openat(preboot.working_folder, preboot.name, flags, 0);
  if (source >= 0) {
    preboot.source = (int)source;
    preboot.phase = PHASE_WAITING;
    answer(outbox, 0);
  } else if (now - preboot.began_us > BOOT_PATIENCE_US) {
    end_because(ERROR_TIMED_OUT);
  }
}

bool preboot_step(struct outbox *outbox) {
  if (preboot.phase == PHASE_BOOTING || preboot.phase == PHASE_WAITING) {
    reap(&preboot.reaping);
    if (preboot.reaping.first_pid == 0) end_because(preboot.phase == PHASE_BOOTING ? ERROR_NO_CHILD : 0);
  }
  if (preboot.phase == PHASE_BOOTING) look(outbox);
  if (preboot.phase != PHASE_ENDING) return true;
  kill_everything();
  if (!reap(&preboot.reaping)) return now_us() - preboot.began_us < KILL_PATIENCE_US;
  close_ends();
  preboot.phase = PHASE_NONE;
  if (preboot.error != 0) answer(outbox, preboot.error);
  return true;
}

uint64_t preboot_pause_us(void) {
  switch (preboot.phase) {
    case PHASE_BOOTING:
      return LOOK_US;
    case PHASE_ENDING:
      return KILL_AGAIN_US;
    default:
      return UINT64_MAX;
  }
}

void preboot_poll_prepare(struct poll_entry *entry) {
  *entry = (struct poll_entry){preboot.feed.to, preboot.feed.to < 0 ? 0 : POLL_OUT, 0};
}

void preboot_poll_done(const struct poll_entry *entry) {
  if (entry->returned != 0) source_feed_step(&preboot.feed);
}
