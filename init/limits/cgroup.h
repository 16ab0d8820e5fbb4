#pragma once
/* What the container's cgroup counts, in whichever layout it is mounted: v1, hybrid or v2. */

#include <stdint.h>

/* Opens the files once, before anything hostile runs: so nothing a program exhausts can keep us from reading. */
void cgroup_open(void);

/* Each is NOT_MEASURED where the kernel does not tell. They count from the container's start, and init itself too. */
uint64_t cgroup_cpu_us(void);
uint64_t cgroup_memory_bytes(void);
uint64_t cgroup_memory_peak_bytes(void);
/* Without the file cache that the kernel would give back before it kills anything. */
uint64_t cgroup_memory_unreclaimable_bytes(void);
uint64_t cgroup_out_of_memory_kills(void);
/* Forks and clones that the limit on processes refused. */
uint64_t cgroup_refused_forks(void);
