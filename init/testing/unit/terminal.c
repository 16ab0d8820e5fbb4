#define _GNU_SOURCE
#include "../../stage/terminal.h"

#include <sys/ioctl.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "../../frame.h"
#include "../../stage/output-pump.h"
#include "../../stage/stdin-feed.h"
#include "check.h"

static struct stdin_feed feed;
static struct output_pump pump;
static struct outbox outbox;
static struct terminal terminal;

static void open_one(void) {
  check("a terminal can be made", terminal_open(&terminal, (struct terminal_size){91, 17}) == 0);
  fcntl(terminal.slave, F_SETFL, O_RDWR | O_NONBLOCK);
}

static void set_attributes(unsigned lines, uint8_t end_of_file) {
  struct termios attributes;
  tcgetattr(terminal.slave, &attributes);
  attributes.c_lflag = lines;
  attributes.c_cc[VEOF] = end_of_file;
  attributes.c_cc[VMIN] = 1;
  tcsetattr(terminal.slave, TCSANOW, &attributes);
}

static long read_slave(char *to, size_t size) {
  memset(to, 0, size);
  return read(terminal.slave, to, size);
}

static void check_size(void) {
  struct winsize size;
  ioctl(terminal.slave, TIOCGWINSZ, &size);
  check("a terminal has the size that was asked for", size.ws_col == 91 && size.ws_row == 17);
  terminal_resize(terminal.master, (struct terminal_size){40, 5});
  ioctl(terminal.slave, TIOCGWINSZ, &size);
  check("its size can be changed", size.ws_col == 40 && size.ws_row == 5);
  check("nobody is in its foreground", terminal_foreground(terminal.master) == 0);
}

static void check_input(void) {
  char got[16];
  stdin_feed_open(&feed, dup(terminal.master), true);
  feed.owed = 0;
  set_attributes(ICANON, 'q');
  check("a line and a half are accepted", stdin_feed_accept(&feed, (const uint8_t *)"line\nhal", 8));
  stdin_feed_step(&feed);
  stdin_feed_end(&feed);
  check("a line is read", read_slave(got, sizeof(got)) == 5 && memcmp(got, "line\n", 5) == 0);
  check("then the half line", read_slave(got, sizeof(got)) == 3);
  check("then the end", read_slave(got, sizeof(got)) == 0);
  check("only what was sent is owed", feed.owed == 8 && feed.fd == -1);
  stdin_feed_open(&feed, dup(terminal.master), true);
  stdin_feed_end(&feed);
  check("without input the end comes at once, and is one", read_slave(got, sizeof(got)) == 0 && read_slave(got, sizeof(got)) < 0);
  check("and nothing more is owed", feed.owed == 8);
}

static void check_full(void) {
  static uint8_t much[STDIN_WINDOW_BYTES];
  long written = 0;
  set_attributes(0, 4);
  stdin_feed_open(&feed, dup(terminal.master), true);
  feed.owed = 0;
  for (int round = 0; round < 100 && stdin_feed_accept(&feed, much, sizeof(much)); round++) {
    stdin_feed_step(&feed);
    written += feed.owed;
    feed.owed = 0;
  }
  check("a program that does not read takes only so much", written < 1024 * 1024 && stdin_feed_is_pending(&feed));
  stdin_feed_close(&feed);
  check("what it did not take is owed when it is over", feed.owed > 0);
}

static void check_output(void) {
  static char text[3 * 4096];
  memset(text, 'x', sizeof(text));
  outbox.head = outbox.tail = 0;
  output_pump_open(&pump, dup(terminal.master), true, FRAME_STDOUT, 1 << 20);
  long wrote = write(terminal.slave, text, sizeof(text));
  check("a program can write to it", wrote > 4096);
  check("what it wrote is one frame", output_pump_step(&pump, &outbox) == PUMP_MOVED &&
                                          outbox.tail == FRAME_HEADER_BYTES + (size_t)wrote);
  close(terminal.slave);
  check("a terminal that nobody has open is not over", output_pump_step(&pump, &outbox) == PUMP_EMPTY && pump.fd >= 0);
  check("but is left alone for a while", pump.rests);
  output_pump_close(&pump);
  close(terminal.master);
}

void check_terminal(void) {
  open_one();
  check_size();
  check_input();
  check_full();
  close(terminal.slave);
  close(terminal.master);
  open_one();
  set_attributes(0, 4);
  check_output();
}
