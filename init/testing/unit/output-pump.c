#define _GNU_SOURCE
#include "../../stage/output-pump.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../bytes.h"
#include "../../frame.h"
#include "check.h"

static struct outbox outbox;
static struct output_pump pump;
static int program_end;

static void open_with(uint64_t keep_bytes) {
  int ends[2];
  check("a pipe can be made", pipe2(ends, O_NONBLOCK) == 0);
  program_end = ends[1];
  outbox.head = outbox.tail = 0;
  output_pump_open(&pump, ends[0], false, FRAME_STDOUT, keep_bytes);
}

static void say(const char *text) { check("a program can write", write(program_end, text, strlen(text)) == (long)strlen(text)); }

static bool frame_at(size_t at, const char *text) {
  return get_u32(outbox.bytes + at) == strlen(text) && outbox.bytes[at + 4] == FRAME_STDOUT &&
         memcmp(outbox.bytes + at + 5, text, strlen(text)) == 0;
}

void check_output_pump(void) {
  open_with(8);
  check("a silent program moves nothing", output_pump_step(&pump, &outbox) == PUMP_EMPTY);
  say("hello");
  check("output becomes a frame", output_pump_step(&pump, &outbox) == PUMP_MOVED && frame_at(0, "hello"));
  check("after a little, more may gather", pump.rests);
  say("world");
  check("output is kept up to the limit", output_pump_step(&pump, &outbox) == PUMP_MOVED && frame_at(10, "wor"));
  check("the rest is dropped", output_pump_step(&pump, &outbox) == PUMP_MOVED && outbox.tail == 18 && pump.truncated);
  check("then there is nothing", output_pump_step(&pump, &outbox) == PUMP_EMPTY);
  close(program_end);
  check("the end is seen", output_pump_step(&pump, &outbox) == PUMP_ENDED && pump.fd == -1);

  open_with(5);
  say("exact");
  close(program_end);
  check("output of exactly the limit is kept", output_pump_step(&pump, &outbox) == PUMP_MOVED && frame_at(0, "exact"));
  check("and is not called truncated", output_pump_step(&pump, &outbox) == PUMP_ENDED && !pump.truncated);

  open_with(1 << 20);
  say("wait");
  outbox.tail = OUTBOX_BYTES - OUTPUT_CHUNK_BYTES;
  check("without room nothing is read", output_pump_step(&pump, &outbox) == PUMP_NO_ROOM);
  outbox.head = outbox.tail;
  check("with room it is", output_pump_step(&pump, &outbox) == PUMP_MOVED && frame_at(0, "wait"));
  pump.keep_bytes = 0;
  outbox.head = 0;
  outbox.tail = OUTBOX_BYTES;
  say("drop");
  check("dropping needs no room", output_pump_step(&pump, &outbox) == PUMP_MOVED && pump.truncated);
  close(program_end);
  output_pump_close(&pump);

  open_with(1 << 20);
  static char much[4097];
  memset(much, 'm', sizeof(much) - 1);
  outbox.head = outbox.tail = 0;
  say(much);
  check("after much, it goes on at once", output_pump_step(&pump, &outbox) == PUMP_MOVED && !pump.rests);
  close(program_end);
  output_pump_close(&pump);
}
