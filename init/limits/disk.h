#pragma once
/* Is one of the sandbox's writable file systems full? */

#include <stdbool.h>

void disk_open(void);
bool disk_is_full(void);
