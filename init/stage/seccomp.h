#pragma once
/* What a program may not ask of the kernel, on top of the engine's own filter. */

#include <stddef.h>
#include <stdint.h>

struct filter_instruction {
  uint16_t code;
  uint8_t if_true, if_false;
  uint32_t value;
};

extern const struct filter_instruction seccomp_filter[];
extern const size_t seccomp_filter_size;

/* Installs it for this process and everything that comes from it. Returns 0 or a negative errno. */
long seccomp_install(void);
