#pragma once
/* What programs left in the working folder, on its way out. There is one list or one read at a time, and none while a stage runs;
   no frame is received until it has ended. */

#include <stdbool.h>

#include "../frame.h"
#include "../outbox.h"

void collect_open(int working_folder);
bool collect_is_running(void);

/* These return NULL, or which rule of the protocol the frame broke. */
const char *collect_list(const struct frame *frame);
const char *collect_read(const struct frame *frame);

/* Does a little of what is under way. To be called whenever the loop comes round, and soon again while it is due. */
void collect_step(struct outbox *outbox);
bool collect_is_due(const struct outbox *outbox);
