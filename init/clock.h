#pragma once
/* Time in microseconds. */

#include "syscalls.h"

static inline uint64_t clock_us(int clock) {
  struct time_spec time = {0};
  sys_clock(clock, &time);
  return (uint64_t)time.seconds * 1000000 + (uint64_t)time.nanoseconds / 1000;
}

static inline uint64_t now_us(void) { return clock_us(CLOCK_MONOTONIC_ID); }
