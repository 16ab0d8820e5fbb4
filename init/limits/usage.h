#pragma once
/* What a stage used, as the difference between two looks at what is counted. */

#include <stdbool.h>
#include <stdint.h>

struct usage {
  /* What the counters said when the stage began. */
  uint64_t cpu_start_us, own_cpu_start_us, children_cpu_start_us, peak_start_bytes, kills_start, forks_start;
  /* What its first process had used already, where it was started before its stage. */
  uint64_t first_cpu_start_us;
  /* The most that was seen, for kernels whose peak cannot be told apart from an earlier stage's. */
  uint64_t memory_seen_bytes, resident_seen_bytes;
};

/* Bytes of memory that init holds for itself: counted in the cgroup, but not the program's. */
void usage_leave_out(uint64_t own_bytes);

/* `first_pid` is the stage's first process where that is there already, else 0. */
void usage_begin(struct usage *usage, int first_pid);

/* CPU time so far. `pid` is the first process while it lives, else 0; only needed where the cgroup does not tell. */
uint64_t usage_cpu_us(const struct usage *usage, int pid);

/* Looks at the memory in use now, remembers the most, and tells whether it is over the limit of the stage. That can be
   lower than the container's, which is for all stages. File cache that can be given back does not count. */
bool usage_is_over_memory(struct usage *usage, uint64_t limit_bytes);
uint64_t usage_memory_peak_bytes(struct usage *usage);

bool usage_was_out_of_memory(const struct usage *usage);
bool usage_was_out_of_processes(const struct usage *usage);
