#pragma once
/* Which paths may be written to. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_PATH_BYTES = 4095 };

/* Relative, not empty, at most MAX_PATH_BYTES, no NUL, and no part that is empty, `.` or `..`. */
bool path_is_acceptable(const uint8_t *path, size_t size);
