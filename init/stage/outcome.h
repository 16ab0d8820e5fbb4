#pragma once
/* How a stage ended, in the words of the protocol. */

#include <stdbool.h>
#include <stdint.h>

enum stage_reason {
  REASON_EXITED = 0,
  REASON_SIGNALED = 1,
  REASON_WALL_LIMIT = 2,
  REASON_CPU_LIMIT = 3,
  REASON_OUT_OF_MEMORY = 4,
  REASON_KILLED = 5,
  REASON_NOT_STARTED = 6,
};

enum { HIT_MEMORY = 1, HIT_PROCESSES = 2, HIT_DISK = 4, HIT_OPEN_FILES = 8, HIT_FILE_SIZE = 16 };

enum { STAGE_EXIT_BYTES = 1 + 4 + 3 * 8 + 4 + 2 };

struct stage_outcome {
  enum stage_reason reason;
  int32_t value;
  uint64_t wall_us, cpu_us, memory_peak_bytes;
  uint32_t limits_hit;
  bool truncated[2];
};

struct stage_evidence {
  /* As wait gives it. */
  int status;
  bool out_of_memory;
  bool cpu_limit_used_up;
};

/* What the first process' own end means. */
void outcome_of_end(struct stage_outcome *outcome, const struct stage_evidence *evidence);
void outcome_encode(const struct stage_outcome *outcome, uint8_t payload[STAGE_EXIT_BYTES]);
