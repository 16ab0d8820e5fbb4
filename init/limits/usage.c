/* What a stage used. */

#include "usage.h"

#include "../clock.h"
#include "cgroup.h"
#include "counter-text.h"

static uint64_t children_cpu_us(void) {
  struct resource_usage used = {0};
  if (sys_children_usage(&used) < 0) return 0;
  return (uint64_t)(used.user_seconds + used.system_seconds) * 1000000 +
         (uint64_t)(used.user_microseconds + used.system_microseconds);
}

/* The kernel's name for another process' CPU clock. */
static uint64_t process_cpu_us(int pid) { return pid == 0 ? 0 : clock_us((int)((~(uint32_t)pid << 3) | 2)); }

static uint64_t grown(uint64_t from, uint64_t to) { return to > from ? to - from : 0; }

static bool has_grown(uint64_t from, uint64_t to) { return from != NOT_MEASURED && to != NOT_MEASURED && to > from; }

static uint64_t own_memory_bytes;

void usage_leave_out(uint64_t own_bytes) { own_memory_bytes = own_bytes; }

static uint64_t without_own(uint64_t bytes) { return bytes == NOT_MEASURED ? bytes : grown(own_memory_bytes, bytes); }

void usage_begin(struct usage *usage, int first_pid) {
  usage->first_cpu_start_us = process_cpu_us(first_pid);
  usage->cpu_start_us = cgroup_cpu_us();
  usage->own_cpu_start_us = clock_us(CLOCK_OWN_CPU);
  usage->children_cpu_start_us = children_cpu_us();
  usage->peak_start_bytes = cgroup_memory_peak_bytes();
  usage->kills_start = cgroup_out_of_memory_kills();
  usage->forks_start = cgroup_refused_forks();
  usage->memory_seen_bytes = 0;
  usage->resident_seen_bytes = 0;
}

uint64_t usage_cpu_us(const struct usage *usage, int pid) {
  uint64_t now = cgroup_cpu_us();
  if (usage->cpu_start_us == NOT_MEASURED || now == NOT_MEASURED) {
    uint64_t used = grown(usage->children_cpu_start_us, children_cpu_us()) + process_cpu_us(pid);
    return grown(usage->first_cpu_start_us, used);
  }
  /* Carrying a program's output is our work, not its own. */
  return grown(grown(usage->own_cpu_start_us, clock_us(CLOCK_OWN_CPU)), grown(usage->cpu_start_us, now));
}

static uint64_t sample_memory(struct usage *usage) {
  uint64_t now = without_own(cgroup_memory_bytes());
  if (now != NOT_MEASURED && now > usage->memory_seen_bytes) usage->memory_seen_bytes = now;
  return now;
}

bool usage_is_over_memory(struct usage *usage, uint64_t limit_bytes) {
  uint64_t now = sample_memory(usage);
  /* Most often this one small file is enough. */
  if (now == NOT_MEASURED || now <= limit_bytes) return false;
  uint64_t held = without_own(cgroup_memory_unreclaimable_bytes());
  return held != NOT_MEASURED && held > limit_bytes;
}

uint64_t usage_memory_peak_bytes(struct usage *usage) {
  uint64_t peak = cgroup_memory_peak_bytes();
  if (has_grown(usage->peak_start_bytes, peak)) return without_own(peak);
  sample_memory(usage);
  uint64_t most = usage->memory_seen_bytes;
  if (usage->resident_seen_bytes > most) most = usage->resident_seen_bytes;
  return most == 0 ? NOT_MEASURED : most;
}

bool usage_was_out_of_memory(const struct usage *usage) {
  return has_grown(usage->kills_start, cgroup_out_of_memory_kills());
}

bool usage_was_out_of_processes(const struct usage *usage) {
  return has_grown(usage->forks_start, cgroup_refused_forks());
}
