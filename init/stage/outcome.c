/* How a stage ended. */

#include "outcome.h"

#include "../bytes.h"
#include "../syscalls.h"

void outcome_of_end(struct stage_outcome *outcome, const struct stage_evidence *evidence) {
  int signal = evidence->status & 0x7f;
  outcome->reason = signal == 0 ? REASON_EXITED : REASON_SIGNALED;
  outcome->value = signal == 0 ? (evidence->status >> 8) & 0xff : signal;

  /* Something was killed for memory, and the program did not get over it: that is why it ended. */
  if (evidence->out_of_memory && evidence->status != 0) {
    outcome->reason = REASON_OUT_OF_MEMORY;
    outcome->value = 0;
    return;
  }
  /* The net below the watch on CPU time, RLIMIT_CPU, was quicker. */
  if (evidence->cpu_limit_used_up && (signal == SIGNAL_CPU_TIME || signal == SIGNAL_KILL)) {
    outcome->reason = REASON_CPU_LIMIT;
    outcome->value = 0;
    return;
  }
  if (signal == SIGNAL_FILE_SIZE) outcome->limits_hit |= HIT_FILE_SIZE;
}

void outcome_encode(const struct stage_outcome *outcome, uint8_t payload[STAGE_EXIT_BYTES]) {
  uint8_t *to = put_u8(payload, (uint8_t)outcome->reason);
  to = put_u32(to, (uint32_t)outcome->value);
  to = put_u64(to, outcome->wall_us);
  to = put_u64(to, outcome->cpu_us);
  to = put_u64(to, outcome->memory_peak_bytes);
  to = put_u32(to, outcome->limits_hit);
  to = put_u8(to, outcome->truncated[0]);
  put_u8(to, outcome->truncated[1]);
}
