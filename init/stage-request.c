/* What a `stage` frame asks for. */

#include "stage-request.h"

#include <string.h>

#include "bytes.h"

enum { FIXED_BYTES = 6 * 8 + 5 * 4 };
enum { FLAG_TERMINAL = 1, FLAG_CONTINUE = 2, FLAGS_KNOWN = FLAG_TERMINAL | FLAG_CONTINUE };

/* Room for both lists and the NULL after each. */
static char *strings[MAX_STRINGS + 2];

/* A time of centuries must not wrap around to one of nothing. */
static uint64_t microseconds(uint64_t milliseconds) {
  return milliseconds > UINT64_MAX / 4000 ? UINT64_MAX / 4 : milliseconds * 1000;
}

/* Without a terminal there is nothing that could have a size. */
static bool is_acceptable(bool has_terminal, struct terminal_size size) {
  return (size.columns != 0) == has_terminal && (size.rows != 0) == has_terminal;
}

/* Points `count` entries at the strings that begin at `*at`. Returns NULL when the payload ends before the last NUL. */
static char **read_strings(char **list, uint32_t count, const uint8_t **at, const uint8_t *end) {
  for (uint32_t index = 0; index < count; index++) {
    *list++ = (char *)*at;
    while (*at < end && **at != 0) (*at)++;
    if (*at == end) return NULL;
    (*at)++;
  }
  *list++ = NULL;
  return list;
}

const char *stage_request_decode(struct stage_request *request, const uint8_t *payload, size_t size) {
  if (size < FIXED_BYTES) return "a stage frame is too short";
  for (int field = 0; field < 6; field++) {
    if (get_u64(payload + 8 * field) == 0) return "a limit of a stage is 0";
  }
  request->wall_limit_us = microseconds(get_u64(payload));
  request->cpu_limit_us = microseconds(get_u64(payload + 8));
  request->memory_limit_bytes = get_u64(payload + 16);
  request->file_size_limit_bytes = get_u64(payload + 24);
  request->keep_bytes[0] = get_u64(payload + 32);
  request->keep_bytes[1] = get_u64(payload + 40);
  request->open_files_limit = get_u32(payload + 48);
  if (request->open_files_limit == 0) return "a limit of a stage is 0";
  uint32_t flags = get_u32(payload + 52);
  if ((flags & ~(uint32_t)FLAGS_KNOWN) != 0) return "a flag of a stage is not known";
  request->has_terminal = (flags & FLAG_TERMINAL) != 0;
  request->continues = (flags & FLAG_CONTINUE) != 0;
  request->terminal_size = (struct terminal_size){get_u16(payload + 56), get_u16(payload + 58)};
  if (!is_acceptable(request->has_terminal, request->terminal_size)) return "a size of a terminal is not acceptable";

  uint32_t argument_count = get_u32(payload + 60), variable_count = get_u32(payload + 64);
  if (argument_count == 0) return "a stage has no arguments";
  if (argument_count > MAX_STRINGS || variable_count > MAX_STRINGS - argument_count) {
    return "a stage has too many arguments and variables";
  }
  const uint8_t *at = payload + FIXED_BYTES, *end = payload + size;
  request->arguments = strings;
  request->variables = read_strings(strings, argument_count, &at, end);
  if (request->variables == NULL || read_strings(request->variables, variable_count, &at, end) == NULL) {
    return "a stage has fewer strings than it says";
  }
  return at == end ? NULL : "a stage has more bytes than it says";
}

/* The limits that a process has from its start; the others are init's own. */
enum { AT_CPU_LIMIT = 8, AT_FILE_SIZE = 24, AT_OPEN_FILES = 48, AT_FLAGS = 52, AT_STRINGS = 60 };

bool stage_request_continues(const uint8_t *payload, size_t size, const uint8_t *started, size_t started_size) {
  if (size < FIXED_BYTES || size != started_size) return false;
  if (get_u32(payload + AT_FLAGS) != FLAG_CONTINUE) return false;
  if (memcmp(payload + AT_CPU_LIMIT, started + AT_CPU_LIMIT, 8) != 0) return false;
  if (memcmp(payload + AT_FILE_SIZE, started + AT_FILE_SIZE, 8) != 0) return false;
  if (memcmp(payload + AT_OPEN_FILES, started + AT_OPEN_FILES, 4) != 0) return false;
  return memcmp(payload + AT_STRINGS, started + AT_STRINGS, size - AT_STRINGS) == 0;
}
