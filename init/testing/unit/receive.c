#include "../../receive.h"

#include <string.h>

#include "../../bytes.h"
#include "../../stage/stage.h"
#include "check.h"

static struct outbox outbox;
static struct files files = {.root = -1, .open = -1};

static bool breaks(uint8_t type, const void *payload, uint32_t size) {
  struct frame frame = {type, size, payload};
  return receive(&frame, &files, &outbox) != NULL;
}

static bool file_breaks(uint32_t mode, uint32_t told_size, const char *path, uint32_t path_size) {
  uint8_t payload[64];
  put_u32(put_u32(payload, mode), told_size);
  memcpy(payload + 8, path, path_size);
  return breaks(FRAME_FILE, payload, 8 + path_size);
}

void check_receive(void) {
  uint8_t number[4];
  stage_open(-1);
  check("an unknown type breaks a rule", breaks(0x00, "", 0) && breaks(0x06, "", 0) && breaks(FRAME_STDOUT, "", 0));
  check("file-data without a file breaks one", breaks(FRAME_FILE_DATA, "a", 1));
  check("a file frame that is too short breaks one", breaks(FRAME_FILE, "1234567", 7));
  check("a path longer than its frame breaks one", file_breaks(0644, 2, "a", 1) && file_breaks(0644, UINT32_MAX, "a", 1));
  check("a path that leads out breaks one", file_breaks(0644, 4, "../a", 4) && file_breaks(0644, 2, "/a", 2));
  check("a mode with a set-uid bit breaks one", file_breaks(04755, 1, "a", 1));
  check("a folder that leads out breaks one", breaks(FRAME_FOLDER, "\xed\x01\0\0..", 6) && breaks(FRAME_FOLDER, "\xed\x01\0\0", 4));
  check("a folder frame that is too short breaks one", breaks(FRAME_FOLDER, "abc", 3));
  check("a snapshot or a restore with a payload breaks one", breaks(FRAME_SNAPSHOT, "a", 1) && breaks(FRAME_RESTORE, "a", 1));
  check("a restore without a snapshot breaks one", breaks(FRAME_RESTORE, "", 0));
  put_u32(number, 65);
  check("a signal that is none breaks one", breaks(FRAME_SIGNAL, number, 4) && breaks(FRAME_SIGNAL, "\0\0\0\0", 4));
  check("a signal of another size breaks one", breaks(FRAME_SIGNAL, "\x09\0\0", 3));
  check("an end of stdin with a payload breaks one", breaks(FRAME_STDIN_END, "a", 1) && breaks(FRAME_KILL, "a", 1));
  put_u32(number, 15);
  check("a resize of another size, or to nothing, breaks one",
        breaks(FRAME_RESIZE, "\1\0\1", 3) && breaks(FRAME_RESIZE, "\0\0\1\0", 4) && breaks(FRAME_RESIZE, "\1\0\0\0", 4));
  check("a resize after a stage breaks none", !breaks(FRAME_RESIZE, "\1\0\1\0", 4));
  check("a signal, a kill and an end of stdin after a stage break none",
        !breaks(FRAME_SIGNAL, number, 4) && !breaks(FRAME_KILL, "", 0) && !breaks(FRAME_STDIN_END, "", 0));
  check("stdin after a stage is taken", !breaks(FRAME_STDIN, "abc", 3) && stage_stdin_taken() == 3);
  check("nothing was answered to any of these", outbox.tail == 0);

  check("a file that cannot be written breaks no rule", !file_breaks(0644, 1, "a", 1));
  check("but is told", outbox.tail == 5 + 4 + 1 && outbox.bytes[4] == FRAME_FILE_ERROR && outbox.bytes[9] == 'a');
  check("and keeps the next stage from starting", files.error != 0);
}
