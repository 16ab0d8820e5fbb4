#pragma once
/* Has a process as many open files as it may? */

#include <stdbool.h>
#include <stdint.h>

/* A sample: what opens and closes between two looks is not seen, nor is a process that hides its descriptors. */
bool open_files_at_limit(int pid, uint32_t limit);
