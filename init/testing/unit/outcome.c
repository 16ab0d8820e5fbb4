#include "../../stage/outcome.h"

#include <string.h>

#include "check.h"

static struct stage_outcome outcome_of(int status, bool out_of_memory, bool cpu_limit_used_up) {
  struct stage_outcome outcome = {0};
  struct stage_evidence evidence = {status, out_of_memory, cpu_limit_used_up};
  outcome_of_end(&outcome, &evidence);
  return outcome;
}

static bool is(struct stage_outcome outcome, enum stage_reason reason, int value, uint32_t limits_hit) {
  return outcome.reason == reason && outcome.value == value && outcome.limits_hit == limits_hit;
}

void check_outcome(void) {
  check("an exit code comes out", is(outcome_of(3 << 8, false, false), REASON_EXITED, 3, 0));
  check("the largest exit code comes out", is(outcome_of(255 << 8, false, false), REASON_EXITED, 255, 0));
  check("a signal comes out", is(outcome_of(11, false, false), REASON_SIGNALED, 11, 0));
  check("a signal with a core dump is that signal", is(outcome_of(11 | 0x80, false, false), REASON_SIGNALED, 11, 0));
  check("too large a file is told", is(outcome_of(25, false, false), REASON_SIGNALED, 25, HIT_FILE_SIZE));
  check("a death for memory is out of memory", is(outcome_of(9, true, false), REASON_OUT_OF_MEMORY, 0, 0));
  check("a failure after a death for memory is out of memory",
        is(outcome_of(137 << 8, true, false), REASON_OUT_OF_MEMORY, 0, 0));
  check("a success after a death for memory is one", is(outcome_of(0, true, false), REASON_EXITED, 0, 0));
  check("a kill with all CPU time used up is the CPU limit", is(outcome_of(9, false, true), REASON_CPU_LIMIT, 0, 0));
  check("SIGXCPU with all CPU time used up is the CPU limit", is(outcome_of(24, false, true), REASON_CPU_LIMIT, 0, 0));
  check("SIGXCPU before that is a signal", is(outcome_of(24, false, false), REASON_SIGNALED, 24, 0));
  check("an exit with all CPU time used up is an exit", is(outcome_of(1 << 8, false, true), REASON_EXITED, 1, 0));

  uint8_t payload[STAGE_EXIT_BYTES + 1];
  memset(payload, 0xaa, sizeof(payload));
  const struct stage_outcome outcome = {REASON_SIGNALED, 9, 1, 2, UINT64_MAX, 5, {false, true}};
  const uint8_t expected[] = {1,    9,    0,    0,    0,    1,    0,    0,    0, 0, 0, 0, 0, 2, 0, 0, 0, 0,
                              0,    0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 5, 0, 0, 0, 0, 1, 0xaa};
  outcome_encode(&outcome, payload);
  check("an outcome is encoded byte by byte as the page says", memcmp(payload, expected, sizeof(expected)) == 0);
}
