#pragma once
/* Numbers in the text that the kernel gives about a cgroup. */

#include <stddef.h>
#include <stdint.h>

/* A number that could not be measured. On the wire too. */
#define NOT_MEASURED UINT64_MAX

/* The number that a file consists of, such as `memory.peak`. */
uint64_t counter_number(const char *text, size_t size);

/* The number after `name` at the beginning of a line, such as `oom_kill 3` in `memory.events`. */
uint64_t counter_named(const char *text, size_t size, const char *name);
