/* What the container's cgroup counts. */

#include "cgroup.h"

#include "../syscalls.h"
#include "counter-text.h"

/* memory.stat is the longest of them: about 2 KiB in Linux 6. */
enum { TEXT_BYTES = 8192, MAX_PLACES = 4 };

/* One counter, the places where a kernel may have it, and what it takes to make our unit of it. */
struct counter {
  const char *places[MAX_PLACES];
  /* NULL: the file is one number. */
  const char *name;
  uint32_t divisor;
  int fd;
};

#define ROOT "/sys/fs/cgroup/"
#define UNIFIED ROOT "unified/"

static struct counter cpu_v1 = {{ROOT "cpuacct/cpuacct.usage", ROOT "cpu,cpuacct/cpuacct.usage"}, NULL, 1000, -1};
static struct counter cpu_v2 = {{ROOT "cpu.stat", UNIFIED "cpu.stat"}, "usage_usec", 1, -1};
static struct counter memory = {
    {ROOT "memory/memory.usage_in_bytes", ROOT "memory.current", UNIFIED "memory.current"}, NULL, 1, -1};
static struct counter peak = {
    {ROOT "memory/memory.max_usage_in_bytes", ROOT "memory.peak", UNIFIED "memory.peak"}, NULL, 1, -1};
static struct counter anonymous_v1 = {{ROOT "memory/memory.stat"}, "total_rss", 1, -1};
static struct counter shared_v1 = {{ROOT "memory/memory.stat"}, "total_shmem", 1, -1};
static struct counter anonymous_v2 = {{ROOT "memory.stat", UNIFIED "memory.stat"}, "anon", 1, -1};
static struct counter shared_v2 = {{ROOT "memory.stat", UNIFIED "memory.stat"}, "shmem", 1, -1};
static struct counter kills = {
    {ROOT "memory/memory.oom_control", ROOT "memory.events", UNIFIED "memory.events"}, "oom_kill", 1, -1};
static struct counter forks = {{ROOT "pids/pids.events", ROOT "pids.events", UNIFIED "pids.events"}, "max", 1, -1};

static struct counter *const all[] = {&cpu_v1,    &cpu_v2,       &memory,    &peak,  &anonymous_v1,
                                      &shared_v1, &anonymous_v2, &shared_v2, &kills, &forks};

void cgroup_open(void) {
  for (size_t index = 0; index < sizeof(all) / sizeof(all[0]); index++) {
    struct counter *counter = all[index];
    for (int place = 0; place < MAX_PLACES && counter->fd < 0 && counter->places[place] != NULL; place++) {
      counter->fd = (int)sys_openat(CURRENT_FOLDER, counter->places[place], FLAG_READ | FLAG_CLOEXEC, 0);
    }
  }
}

static uint64_t read_counter(const struct counter *counter) {
  char text[TEXT_BYTES];
  if (counter->fd < 0) return NOT_MEASURED;
  long size = sys_pread(counter->fd, text, sizeof(text), 0);
  if (size <= 0) return NOT_MEASURED;
  uint64_t value = counter->name == NULL ? counter_number(text, (size_t)size)
                                         : counter_named(text, (size_t)size, counter->name);
  return value == NOT_MEASURED ? value : value / counter->divisor;
}

uint64_t cgroup_cpu_us(void) {
  uint64_t used = read_counter(&cpu_v1);
  return used == NOT_MEASURED ? read_counter(&cpu_v2) : used;
}

uint64_t cgroup_memory_bytes(void) { return read_counter(&memory); }
uint64_t cgroup_memory_peak_bytes(void) { return read_counter(&peak); }

uint64_t cgroup_memory_unreclaimable_bytes(void) {
  const struct counter *anonymous = anonymous_v1.fd < 0 ? &anonymous_v2 : &anonymous_v1;
  const struct counter *shared = anonymous_v1.fd < 0 ? &shared_v2 : &shared_v1;
  uint64_t of_processes = read_counter(anonymous), of_files = read_counter(shared);
  if (of_processes == NOT_MEASURED || of_files == NOT_MEASURED) return NOT_MEASURED;
  return of_processes + of_files;
}

uint64_t cgroup_out_of_memory_kills(void) { return read_counter(&kills); }
uint64_t cgroup_refused_forks(void) { return read_counter(&forks); }
