#include "../../stage-request.h"

#include <stdlib.h>
#include <string.h>

#include "../../bytes.h"
#include "check.h"

enum { FIXED_BYTES = 68, FLAGS_AT = 52, SIZE_AT = 56 };

static void write_limits(uint8_t *payload, uint32_t arguments, uint32_t variables) {
  uint8_t *to = payload;
  for (uint64_t field = 1; field <= 6; field++) to = put_u64(to, field);
  to = put_u32(to, 7);
  to = put_u32(to, 0);
  to = put_u32(to, 0);
  to = put_u32(to, arguments);
  put_u32(to, variables);
}

/* Decodes from memory of exactly this size, so that a sanitizer sees every byte too far. */
static const char *decode(struct stage_request *request, const uint8_t *payload, size_t size) {
  static uint8_t *exact;
  free(exact);
  exact = malloc(size == 0 ? 1 : size);
  memcpy(exact, payload, size);
  return stage_request_decode(request, exact, size);
}

static const char *decode_with(uint32_t arguments, uint32_t variables, const char *strings, size_t size) {
  static struct stage_request request;
  static uint8_t payload[FIXED_BYTES + 64];
  write_limits(payload, arguments, variables);
  memcpy(payload + FIXED_BYTES, strings, size);
  return decode(&request, payload, FIXED_BYTES + size);
}

static void check_refusals(void) {
  struct stage_request request;
  uint8_t payload[FIXED_BYTES + 2];
  write_limits(payload, 1, 0);
  memcpy(payload + FIXED_BYTES, "a", 2);
  bool all_refused = true;
  for (size_t size = 0; size < sizeof(payload); size++) all_refused = all_refused && decode(&request, payload, size);
  check("a stage that was cut anywhere is refused", all_refused);
  check("a whole stage is accepted", decode(&request, payload, sizeof(payload)) == NULL);

  bool zeros_refused = true;
  for (int field = 0; field < 6; field++) {
    write_limits(payload, 1, 0);
    put_u64(payload + 8 * field, 0);
    zeros_refused = zeros_refused && decode(&request, payload, sizeof(payload)) != NULL;
  }
  write_limits(payload, 1, 0);
  put_u32(payload + 48, 0);
  check("a limit of 0 is refused, whichever it is", zeros_refused && decode(&request, payload, sizeof(payload)) != NULL);
  write_limits(payload, 1, 0);
  put_u32(payload + FLAGS_AT, 1u << 31);
  check("an unknown flag is refused", decode(&request, payload, sizeof(payload)) != NULL);
  check("no arguments are refused", decode_with(0, 1, "a", 2) != NULL);
  check("fewer strings than told are refused", decode_with(2, 0, "a", 2) != NULL && decode_with(1, 1, "a", 2) != NULL);
  check("more bytes than told are refused", decode_with(1, 0, "a\0b", 4) != NULL);
  check("counts that overflow are refused", decode_with(UINT32_MAX, 2, "a", 2) != NULL &&
                                                decode_with(2, UINT32_MAX, "a", 2) != NULL &&
                                                decode_with(MAX_STRINGS, 1, "a", 2) != NULL);
}

static void check_terminals(void) {
  struct stage_request request;
  uint8_t payload[FIXED_BYTES + 2];
  write_limits(payload, 1, 0);
  memcpy(payload + FIXED_BYTES, "a", 2);
  check("a stage has no terminal", decode(&request, payload, sizeof(payload)) == NULL && !request.has_terminal);
  put_u32(payload + SIZE_AT, 80 | 24 << 16);
  check("a size without a terminal is refused", decode(&request, payload, sizeof(payload)) != NULL);
  put_u32(payload + FLAGS_AT, 1);
  check("a terminal is accepted", decode(&request, payload, sizeof(payload)) == NULL && request.has_terminal);
  check("its size comes out", request.terminal_size.columns == 80 && request.terminal_size.rows == 24);
  put_u32(payload + SIZE_AT, 80);
  check("a terminal without rows is refused", decode(&request, payload, sizeof(payload)) != NULL);
  put_u32(payload + SIZE_AT, 24 << 16);
  check("a terminal without columns is refused", decode(&request, payload, sizeof(payload)) != NULL);
}

void check_stage_request(void) {
  struct stage_request request;
  uint8_t payload[FIXED_BYTES + 13];
  write_limits(payload, 2, 2);
  memcpy(payload + FIXED_BYTES, "go\0\0A=1\0B=\0", 12);
  check("arguments and variables are accepted", decode(&request, payload, FIXED_BYTES + 11) == NULL);
  check("arguments come out in order", strcmp(request.arguments[0], "go") == 0 && request.arguments[1][0] == 0);
  check("arguments end", request.arguments[2] == NULL);
  check("variables come out in order", strcmp(request.variables[0], "A=1") == 0 && strcmp(request.variables[1], "B=") == 0);
  check("variables end", request.variables[2] == NULL);
  check("times are in microseconds", request.wall_limit_us == 1000 && request.cpu_limit_us == 2000);
  check("limits come out", request.memory_limit_bytes == 3 && request.file_size_limit_bytes == 4 &&
                               request.keep_bytes[0] == 5 && request.keep_bytes[1] == 6 && request.open_files_limit == 7);
  put_u64(payload, UINT64_MAX);
  check("a very long time stays long", decode(&request, payload, FIXED_BYTES + 11) == NULL && request.wall_limit_us > 1ull << 60);
  check_refusals();
  check_terminals();
}
