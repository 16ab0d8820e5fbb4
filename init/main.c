/* PID 1 of a sandbox: one loop over everything that can happen. */

#include <string.h>

#include "bytes.h"
#include "clean/clean.h"
#include "clock.h"
#include "collect/collect.h"
#include "files.h"
#include "inbox.h"
#include "init.h"
#include "limits/cgroup.h"
#include "limits/counter-text.h"
#include "limits/disk.h"
#include "outbox.h"
#include "receive.h"
#include "stage/preboot.h"
#include "stage/stage.h"
#include "syscalls.h"

/* As in sysexits. */
enum { EXIT_DONE = 0, EXIT_USAGE = 64, EXIT_PROTOCOL = 70, EXIT_OS = 71, EXIT_OUTPUT = 74, EXIT_LIFETIME = 75 };
enum { ERROR_PATIENCE_SECONDS = 1, MAX_LIFETIME_SECONDS = 1000 * 1000 * 1000, TAKEN_ROOM_BYTES = 1024 };
enum { ENTRY_INPUT, ENTRY_OUTPUT, ENTRY_CHILDREN, ENTRY_SOURCE, ENTRY_STAGE, ENTRY_COUNT = ENTRY_STAGE + STAGE_POLL_ENTRIES };

static struct inbox inbox;
static struct outbox outbox;
static struct files files = {.root = -1, .open = -1};

/* Returns -1 while init shall live on, else its exit code. */
static int still_alive(void) { return -1; }

static void complain(const char *text) { sys_write(2, text, strlen(text)); }

/* The last words: what is waiting to go out, then why. The reader gets a moment; a container that ends gives no more. */
static int give_up(const char *why, int code) {
  if (outbox_room(&outbox) > FRAME_HEADER_BYTES + strlen(why)) outbox_put(&outbox, FRAME_ERROR, why, strlen(why));
  uint64_t deadline = now_us() + ERROR_PATIENCE_SECONDS * 1000000;
  while (outbox_flush(&outbox, 1) == 0 && outbox.tail > 0 && now_us() < deadline) {
    struct poll_entry entry = {1, POLL_OUT, 0};
    struct time_spec patience = {ERROR_PATIENCE_SECONDS, 0};
    sys_poll(&entry, 1, &patience);
  }
  return code;
}

static void greet(void) {
  uint8_t version[4];
  put_u32(version, PROTOCOL_VERSION);
  outbox_put(&outbox, FRAME_READY, version, sizeof(version));
}

static bool has_frame(struct frame *frame) { return inbox_peek(&inbox, frame) == INBOX_FRAME; }

/* With what has to be done before another frame is looked at: whoever sends need not wait for each answer. */
static bool is_away(void) { return clean_is_busy() || collect_is_running() || preboot_is_ending(); }

static bool may_receive(struct frame *frame) {
  return !is_away() && outbox_room(&outbox) >= RECEIVE_ROOM_BYTES && has_frame(frame);
}

static int receive_frames(void) {
  struct frame frame;
  while (may_receive(&frame)) {
    if (preboot_is_in_the_way(&frame, &files)) {
      preboot_end();
      break;
    }
    const char *broken = receive(&frame, &files, &outbox);
    if (broken != NULL) return give_up(broken, EXIT_PROTOCOL);
    inbox_take(&inbox, &frame);
  }
  if (inbox_peek(&inbox, &frame) == INBOX_TOO_LONG) return give_up("a frame is too long", EXIT_PROTOCOL);
  return still_alive();
}

static void acknowledge_stdin(void) {
  uint8_t bytes[4];
  if (outbox_room(&outbox) < TAKEN_ROOM_BYTES) return;
  uint32_t taken = stage_stdin_taken();
  if (taken == 0) return;
  put_u32(bytes, taken);
  outbox_put(&outbox, FRAME_STDIN_TAKEN, bytes, sizeof(bytes));
}

/* Writes what can be written. True when somebody may have found no room before and would find it now: nothing else would tell him. */
static bool flush_made_room(long *broken) {
  bool was_short = outbox_room(&outbox) < OUTBOX_AMPLE_BYTES;
  *broken = outbox_flush(&outbox, 1);
  return was_short && outbox_room(&outbox) >= OUTBOX_AMPLE_BYTES;
}

static void wait(struct poll_entry entries[ENTRY_COUNT], int children, uint64_t deadline_us, bool only_look) {
  struct frame frame;
  /* A whole frame that waits for room is not to be joined by more. The end of stdin shows all the same. */
  bool wants_input = !has_frame(&frame);
  entries[ENTRY_INPUT] = (struct poll_entry){0, wants_input ? POLL_IN : 0, 0};
  entries[ENTRY_OUTPUT] = (struct poll_entry){1, outbox.tail > outbox.head ? POLL_OUT : 0, 0};
  entries[ENTRY_CHILDREN] = (struct poll_entry){children, POLL_IN, 0};
  preboot_poll_prepare(entries + ENTRY_SOURCE);
  stage_poll_prepare(entries + ENTRY_STAGE, &outbox);

  uint64_t now = now_us(), pause = collect_is_due(&outbox) || clean_is_busy() ? 0 : stage_pause_us();
  if (preboot_pause_us() < pause) pause = preboot_pause_us();
  /* It waited for something that is over by now. */
  if (only_look || may_receive(&frame)) pause = 0;
  uint64_t left = deadline_us > now ? deadline_us - now : 0;
  if (left < pause) pause = left;
  struct time_spec timeout = {(int64_t)(pause / 1000000), (int64_t)(pause % 1000000) * 1000};
  if (sys_poll(entries, ENTRY_COUNT, &timeout) < 0) {
    for (int index = 0; index < ENTRY_COUNT; index++) entries[index].returned = 0;
  }
}

static int take_input(int16_t returned) {
  struct frame frame;
  if (returned == 0) return still_alive();
  /* It ended while a frame waits for room, so nobody is there to read either. */
  if (has_frame(&frame)) return EXIT_DONE;
  long got = inbox_fill(&inbox, 0);
  if (got > 0 || got == -ERROR_AGAIN || got == -ERROR_INTERRUPTED) return still_alive();
  return EXIT_DONE;
}

static int loop(int children, uint64_t deadline_us) {
  struct poll_entry entries[ENTRY_COUNT];
  for (;;) {
    uint8_t ignored[128];
    if (now_us() >= deadline_us) return EXIT_LIFETIME;
    int code = receive_frames();
    if (code >= 0) return code;
    if (!stage_step(&outbox) || !preboot_step(&outbox)) return give_up("processes do not die", EXIT_OS);
    collect_step(&outbox);
    clean_step(&outbox);
    acknowledge_stdin();
    long broken;
    bool made_room = flush_made_room(&broken);
    if (broken < 0) return EXIT_OUTPUT;

    wait(entries, children, deadline_us, made_room);
    if (entries[ENTRY_OUTPUT].returned & POLL_ERROR) return EXIT_OUTPUT;
    /* What it says is not needed: the stage collects whatever ended. Two children may share one signal anyway. */
    if (entries[ENTRY_CHILDREN].returned != 0) sys_read(children, ignored, sizeof(ignored));
    preboot_poll_done(entries + ENTRY_SOURCE);
    stage_poll_done(entries + ENTRY_STAGE, &outbox);
    if ((code = take_input(entries[ENTRY_INPUT].returned)) >= 0) return code;
  }
}

static bool do_not_wait_at(int fd) {
  long flags = sys_get_status_flags(fd);
  return flags >= 0 && sys_set_status_flags(fd, flags | FLAG_NONBLOCK) >= 0;
}

/* Signals are left at their defaults: the kernel then lets none of them from inside the sandbox reach PID 1. */
static int open_children(void) {
  uint64_t mask = 1ull << (SIGNAL_CHILD - 1);
  sys_set_signal_mask(mask);
  return (int)sys_signalfd(mask);
}

int init_main(int argument_count, char **arguments) {
  /* Anywhere else, killing everything would mean just that. */
  if (sys_getpid() != 1) {
    complain("run-it-init is only to be PID 1 of a sandbox\n");
    return EXIT_USAGE;
  }
  uint64_t lifetime = argument_count == 2 ? counter_number(arguments[1], strlen(arguments[1])) : 0;
  if (lifetime == 0 || lifetime > MAX_LIFETIME_SECONDS) {
    complain("usage: run-it-init LIFETIME_SECONDS\n");
    return EXIT_USAGE;
  }
  uint64_t deadline_us = now_us() + lifetime * 1000000;
  /* Nobody of the same uid may look into us, trace us, or open what we have open. */
  sys_prctl(PROCESS_SET_DUMPABLE, 0, 0);
  sys_close_from(3);
  sys_umask(0);
  if (!do_not_wait_at(0) || !do_not_wait_at(1)) return EXIT_OUTPUT;
  int children = open_children();
  files.root = (int)sys_openat(CURRENT_FOLDER, "/code", FLAG_PATH | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  clean_open();
  cgroup_open();
  disk_open();
  if (children < 0 || files.root < 0) return give_up("there is no working folder /code", EXIT_OS);
  stage_open(files.root);
  preboot_open(files.root);
  collect_open(files.root);
  greet();
  return loop(children, deadline_us);
}
