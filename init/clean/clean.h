#pragma once
/* Keeps a copy of the working folder, and makes everything that a program can write to clean again, so that the next one finds
   nothing of it. There is one sandbox, so there is one of these. */

#include <stdbool.h>

#include "../outbox.h"

/* Looks at the folders while they are as the engine made them. */
void clean_open(void);

/* Begin; a `done` frame tells the end. Only while no stage runs. A later snapshot takes the place of the one before. */
void clean_snapshot(void);
/* Returns false when there is no snapshot. */
bool clean_restore(void);

bool clean_is_busy(void);

/* Does some ms of what is begun: init must hear of the end of its stdin, and end in time, however much there is to do. */
void clean_step(struct outbox *outbox);
