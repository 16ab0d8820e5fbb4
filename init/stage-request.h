#pragma once
/* What a `stage` frame asks for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/terminal.h"

enum { MAX_STRINGS = 32768 };

struct stage_request {
  uint64_t wall_limit_us, cpu_limit_us, memory_limit_bytes, file_size_limit_bytes;
  /* Bytes to keep of stdout and of stderr. */
  uint64_t keep_bytes[2];
  uint32_t open_files_limit;
  bool has_terminal;
  /* The process that was started ahead is to be its first one. */
  bool continues;
  /* Nothing is 0 when it has one. */
  struct terminal_size terminal_size;
  /* Each ends with NULL; they point into the payload. */
  char **arguments, **variables;
};

/* Returns NULL, or which rule was broken. Lists are kept in one place: the next request overwrites the last one's. */
const char *stage_request_decode(struct stage_request *request, const uint8_t *payload, size_t size);

/* Whether this stage wants a process that was started ahead, and this is one that it may have: nothing that a process is started
   with is different. */
bool stage_request_continues(const uint8_t *payload, size_t size, const uint8_t *started, size_t started_size);
