/* Keeps a copy of the working folder, and makes everything clean again. */

#include "clean.h"

#include "../bytes.h"
#include "../clock.h"
#include "../frame.h"
#include "../limits/usage.h"
#include "copy.h"
#include "erase.h"
#include "ipc.h"
#include "put-back.h"
#include "root.h"

enum { SLICE_US = 5 * 1000, DONE_BYTES = 12, ROOT_COUNT = 3 };

/* `put back` comes last, so that nothing of what it makes is erased. */
enum phase { PHASE_IDLE, PHASE_COPY, PHASE_ERASE, PHASE_IPC, PHASE_PUT_BACK };

/* The first one is the working folder: the one that is copied. */
static const char *const paths[ROOT_COUNT] = {"/code", "/tmp", "/dev/shm"};

static struct {
  enum phase phase;
  struct root roots[ROOT_COUNT];
  int root;
  /* The copy, or -1. Nobody can reach it: init cannot be looked into, and what it starts does not inherit it. */
  int copy;
  uint64_t copy_bytes;
} clean = {.copy = -1};

/* Apart, because they are large and begin as zeros. */
static struct copying copying;
static struct erasing erasing;
static struct putting_back putting_back;

void clean_open(void) {
  for (int index = 0; index < ROOT_COUNT; index++) root_remember(&clean.roots[index], paths[index]);
}

bool clean_is_busy(void) { return clean.phase != PHASE_IDLE; }

static void forget_copy(void) {
  if (clean.copy >= 0) sys_close(clean.copy);
  clean.copy = -1;
  clean.copy_bytes = 0;
  usage_leave_out(0);
}

/* All that fits on the disk it comes from, to where it has to fit again: so hard links and holes cannot make it endless. */
static uint64_t disk_bytes(int folder) {
  struct file_system_status status = {0};
  if (sys_fstatfs(folder, &status) < 0 || status.blocks == 0) return UINT64_MAX;
  return status.blocks * (uint64_t)status.block_size;
}

static long begin_copy(void) {
  forget_copy();
  long folder = root_open(&clean.roots[0]);
  if (folder < 0) return folder;
  long copy = sys_memory_file("snapshot");
  if (copy < 0) {
    sys_close((int)folder);
    return copy;
  }
  clean.copy = (int)copy;
  copy_begin(&copying, (int)folder, clean.copy, disk_bytes((int)folder));
  return 1;
}

static long end_copy(void) {
  struct file_status status;
  long error = sys_seal(clean.copy);
  if (error == 0) error = sys_stat_open(clean.copy, &status);
  if (error < 0) return error;
  /* What it takes in memory are whole pages. */
  clean.copy_bytes = ((uint64_t)status.size + 4095) & ~(uint64_t)4095;
  usage_leave_out(clean.copy_bytes);
  return root_settle(&clean.roots[0]);
}

static long begin_erase(int root) {
  clean.root = root;
  long folder = root_open(&clean.roots[root]);
  if (folder < 0) return folder;
  erase_begin(&erasing, (int)folder);
  return 1;
}

static long erase(void) {
  long result = erase_step(&erasing);
  if (result != 0) return result;
  long error = clean.root == 0 ? 0 : root_settle(&clean.roots[clean.root]);
  if (error < 0) return error;
  if (clean.root + 1 < ROOT_COUNT) return begin_erase(clean.root + 1);
  clean.phase = PHASE_IPC;
  return 1;
}

static long remove_ipc(void) {
  long result = ipc_step();
  if (result != 0) return result;
  long folder = root_open(&clean.roots[0]);
  if (folder < 0) return folder;
  put_back_begin(&putting_back, (int)folder, clean.copy);
  clean.phase = PHASE_PUT_BACK;
  return 1;
}

static long put_back(void) {
  long result = put_back_step(&putting_back);
  return result == 0 ? root_settle(&clean.roots[0]) : result;
}

static long copy(void) {
  long result = copy_step(&copying);
  return result == 0 ? end_copy() : result;
}

/* Returns 1 while there is more to do, 0 when all is done, or a negative errno. */
static long step(void) {
  switch (clean.phase) {
    case PHASE_COPY:
      /* Begun here, so that there is one place where an error is told. */
      return clean.copy < 0 ? begin_copy() : copy();
    case PHASE_ERASE:
      return clean.root < 0 ? begin_erase(0) : erase();
    case PHASE_IPC:
      return remove_ipc();
    case PHASE_PUT_BACK:
      return put_back();
    default:
      return 0;
  }
}

void clean_snapshot(void) {
  forget_copy();
  clean.phase = PHASE_COPY;
}

bool clean_restore(void) {
  if (clean.copy < 0) return false;
  clean.root = -1;
  clean.phase = PHASE_ERASE;
  return true;
}

static void finish(long error, struct outbox *outbox) {
  uint8_t payload[DONE_BYTES];
  if (error < 0 && clean.phase == PHASE_COPY) forget_copy();
  clean.phase = PHASE_IDLE;
  put_u64(put_u32(payload, (uint32_t)-error), clean.copy_bytes);
  outbox_put(outbox, FRAME_DONE, payload, sizeof(payload));
}

void clean_step(struct outbox *outbox) {
  if (clean.phase == PHASE_IDLE) return;
  uint64_t until_us = now_us() + SLICE_US;
  long result;
  do {
    result = step();
  } while (result > 0 && now_us() < until_us);
  if (result <= 0) finish(result, outbox);
}
