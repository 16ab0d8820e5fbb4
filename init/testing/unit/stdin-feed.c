#define _GNU_SOURCE
#include "../../stage/stdin-feed.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static struct stdin_feed feed = {.fd = -1};
static uint8_t bytes[STDIN_WINDOW_BYTES + 1], read_bytes[2 * STDIN_WINDOW_BYTES];

static uint32_t taken(void) {
  uint32_t owed = feed.owed;
  feed.owed = 0;
  return owed;
}

static int open_pipe(void) {
  int ends[2];
  check("a pipe can be made", pipe2(ends, O_NONBLOCK) == 0 && fcntl(ends[1], F_SETPIPE_SZ, 4096) == 4096);
  stdin_feed_open(&feed, ends[1], false);
  return ends[0];
}

static void check_flow(void) {
  int program = open_pipe();
  check("a full window is accepted", stdin_feed_accept(&feed, bytes, STDIN_WINDOW_BYTES));
  check("one byte more is not", !stdin_feed_accept(&feed, bytes, 1));
  stdin_feed_step(&feed);
  check("what the pipe takes is owed", feed.owed == 4096 && stdin_feed_is_pending(&feed));
  check("what is owed counts until it is told", !stdin_feed_accept(&feed, bytes, 1));
  check("then there is room again", taken() == 4096 && stdin_feed_accept(&feed, bytes, 4096));
  stdin_feed_end(&feed);
  check("the end waits for what is held", feed.fd >= 0);
  size_t got = 0;
  for (long size; (size = read(program, read_bytes + got, sizeof(read_bytes) - got)) > 0; got += (size_t)size) {
    stdin_feed_step(&feed);
  }
  check("all comes through, then the end", got == STDIN_WINDOW_BYTES + 4096 && feed.fd == -1);
  check("in order", memcmp(read_bytes, bytes, STDIN_WINDOW_BYTES) == 0 && memcmp(read_bytes + STDIN_WINDOW_BYTES, bytes, 4096) == 0);
  check("all is owed", taken() == STDIN_WINDOW_BYTES);
  close(program);
}

void check_stdin_feed(void) {
  signal(SIGPIPE, SIG_IGN);
  for (size_t index = 0; index < sizeof(bytes); index++) bytes[index] = (uint8_t)(index / 251 + index);
  check("without a stage input is dropped and owed", stdin_feed_accept(&feed, bytes, 10) && taken() == 10);
  check_flow();
  close(open_pipe());
  check("a program that closed its input drops it", stdin_feed_accept(&feed, bytes, 100));
  stdin_feed_step(&feed);
  check("and it is owed", feed.fd == -1 && taken() == 100);
  int program = open_pipe();
  check("a stage may end with input left", stdin_feed_accept(&feed, bytes, 5000));
  stdin_feed_close(&feed);
  check("which is owed then", taken() == 5000);
  stdin_feed_end(&feed);
  check("an end after the end changes nothing", feed.fd == -1 && taken() == 0);
  close(program);
}
