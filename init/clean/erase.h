#pragma once
/* Empties a folder, whatever a hostile program made of it: any depth, any number, any name, any mode. It is done in small
   steps, with one descriptor and without a stack. Nothing else may be alive that could change the tree meanwhile. */

#include "entries.h"

struct erasing {
  /* Where it is now; it belongs to us. */
  int folder;
  /* How far below the folder that is to be emptied. */
  uint32_t depth;
  struct entries entries;
};

/* `folder` is opened to read, with the right to search and to write, and belongs to the erasing from now on. */
void erase_begin(struct erasing *erasing, int folder);

/* Returns 1 while there is more to do, 0 when the folder is empty, or a negative errno. Closes it at either end. */
long erase_step(struct erasing *erasing);
