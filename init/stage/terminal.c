/* A stage's pseudo-terminal. */

#include "terminal.h"

#include "../syscalls.h"

enum {
  TERMINAL_GET_ATTRIBUTES = 0x5401,
  TERMINAL_GET_FOREGROUND = 0x540f,
  TERMINAL_SET_SIZE = 0x5414,
  MASTER_SET_LOCK = 0x40045431,
  MASTER_OPEN_SLAVE = 0x5441,
};

enum { ATTRIBUTE_BYTES = 36, CHARACTERS_AT = 17, END_OF_FILE = 4, CONTROL_D = 4 };

/* PID 1 leads a group of its own, and its number as a group's would mean everybody. */
enum { FIRST_OTHER_GROUP = 2 };

/* The slave is opened through the master rather than by a name, so that no path has to be trusted. */
static long open_slave(int master) {
  int unlocked = 0;
  long error = sys_ioctl(master, MASTER_SET_LOCK, (long)&unlocked);
  if (error < 0) return error;
  return sys_ioctl(master, MASTER_OPEN_SLAVE, FLAG_READ_WRITE | FLAG_NO_CONTROLLING_TERMINAL | FLAG_CLOEXEC);
}

long terminal_open(struct terminal *terminal, struct terminal_size size) {
  int flags = FLAG_READ_WRITE | FLAG_NO_CONTROLLING_TERMINAL | FLAG_NONBLOCK | FLAG_CLOEXEC;
  long master = sys_openat(CURRENT_FOLDER, "/dev/ptmx", flags, 0);
  if (master < 0) return master;
  long slave = open_slave((int)master);
  if (slave < 0) {
    sys_close((int)master);
    return slave;
  }
  terminal->master = (int)master;
  terminal->slave = (int)slave;
  terminal_resize((int)master, size);
  return 0;
}

void terminal_resize(int master, struct terminal_size size) {
  const uint16_t kernel_size[4] = {size.rows, size.columns, 0, 0};
  sys_ioctl(master, TERMINAL_SET_SIZE, (long)kernel_size);
}

int terminal_foreground(int master) {
  int group = 0;
  if (sys_ioctl(master, TERMINAL_GET_FOREGROUND, (long)&group) < 0) return 0;
  return group >= FIRST_OTHER_GROUP ? group : 0;
}

uint8_t terminal_end_of_input(int master) {
  uint8_t attributes[ATTRIBUTE_BYTES] = {0};
  if (sys_ioctl(master, TERMINAL_GET_ATTRIBUTES, (long)attributes) < 0) return CONTROL_D;
  uint8_t character = attributes[CHARACTERS_AT + END_OF_FILE];
  return character == 0 ? CONTROL_D : character;
}
