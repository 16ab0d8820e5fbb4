#pragma once
/* A stage's pseudo-terminal. All calls are on its master, which is ours; the slave is the program's. */

#include <stdint.h>

struct terminal_size {
  uint16_t columns, rows;
};

struct terminal {
  int master, slave;
};

/* A new one, of the container's own devpts. Neither end becomes anybody's controlling terminal by that. Returns 0 or a
   negative errno. */
long terminal_open(struct terminal *terminal, struct terminal_size size);

/* The program in the foreground hears of it by SIGWINCH, when it is a change. */
void terminal_resize(int master, struct terminal_size size);

/* The process group that the keyboard's signals go to, or 0 when there is none that we may signal. */
int terminal_foreground(int master);

/* The character that ends the input, as the program has it set. */
uint8_t terminal_end_of_input(int master);
