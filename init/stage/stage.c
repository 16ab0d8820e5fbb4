/* One stage, from its request to its end. */

#include "stage.h"

#include "../clock.h"
#include "../frame.h"
#include "../limits/counter-text.h"
#include "../limits/disk.h"
#include "../limits/open-files.h"
#include "../limits/usage.h"
#include "outcome.h"
#include "output-pump.h"
#include "preboot.h"
#include "reap.h"
#include "spawn.h"
#include "stdin-feed.h"

enum {
  /* How late a limit of CPU time may be noticed, and how long small pieces of output are gathered. */
  TICK_US = 10 * 1000,
  /* Every so many ticks we look at what only samples can show. */
  TICKS_PER_SAMPLE = 5,
  KILL_AGAIN_US = 5 * 1000,
  /* A process that does not die in this time hangs in the kernel. */
  KILL_PATIENCE_US = 10 * 1000 * 1000,
};

enum phase { PHASE_IDLE, PHASE_RUNNING, PHASE_KILLING, PHASE_DRAINING };

static struct {
  enum phase phase;
  int working_folder;
  struct stage_request request;
  struct stdin_feed input;
  struct output_pump outputs[2];
  struct reaping reaping;
  struct usage usage;
  struct stage_outcome outcome;
  int status_fd;
  /* The master of its terminal, or -1. */
  int terminal;
  uint64_t started_us, ended_us, next_tick_us, tick_count;
} stage;

void stage_open(int working_folder) {
  stage.working_folder = working_folder;
  stage.input.fd = stage.status_fd = stage.terminal = -1;
  stage.outputs[0].fd = stage.outputs[1].fd = -1;
}

bool stage_is_running(void) { return stage.phase != PHASE_IDLE; }

static void write_exit(struct outbox *outbox) {
  uint8_t payload[STAGE_EXIT_BYTES];
  outcome_encode(&stage.outcome, payload);
  outbox_put(outbox, FRAME_STAGE_EXIT, payload, sizeof(payload));
  stage.phase = PHASE_IDLE;
}

/* A file error keeps it from starting; else its first process is there already, or is made now. */
static long first_process(const struct stage_request *request, int file_error, struct spawned *spawned) {
  if (file_error != 0) return -file_error;
  if (request->continues && preboot_is_waiting()) return preboot_continue(spawned);
  return spawn(request, stage.working_folder, spawned);
}

void stage_start(const struct stage_request *request, int file_error, struct outbox *outbox) {
  struct spawned spawned;
  stage.request = *request;
  stage.outcome = (struct stage_outcome){.reason = REASON_EXITED, .memory_peak_bytes = NOT_MEASURED};
  stage.tick_count = 0;
  usage_begin(&stage.usage, preboot_pid());
  stage.started_us = now_us();
  stage.next_tick_us = stage.started_us + TICK_US;
  long pid = first_process(request, file_error, &spawned);
  if (pid < 0) {
    stage.outcome.reason = REASON_NOT_STARTED;
    stage.outcome.value = (int32_t)-pid;
    stage.outcome.cpu_us = NOT_MEASURED;
    write_exit(outbox);
    return;
  }
  stage.reaping = (struct reaping){.first_pid = (int)pid};
  stage.status_fd = spawned.status;
  stage.terminal = spawned.terminal;
  stdin_feed_open(&stage.input, spawned.stdin, request->has_terminal);
  output_pump_open(&stage.outputs[0], spawned.stdout, request->has_terminal, FRAME_STDOUT, request->keep_bytes[0]);
  output_pump_open(&stage.outputs[1], spawned.stderr, false, FRAME_STDERR, request->keep_bytes[1]);
  stage.phase = PHASE_RUNNING;
}

bool stage_stdin(const uint8_t *bytes, size_t size) {
  if (!stdin_feed_accept(&stage.input, bytes, size)) return false;
  stdin_feed_step(&stage.input);
  return true;
}

void stage_stdin_end(void) { stdin_feed_end(&stage.input); }

void stage_signal(int signal) {
  if (stage.phase != PHASE_RUNNING || stage.reaping.first_pid == 0) return;
  /* Until it is collected its pid cannot belong to anybody else, and it leads its group since before its exec. */
  int group = stage.terminal < 0 ? 0 : terminal_foreground(stage.terminal);
  sys_kill(group == 0 ? -stage.reaping.first_pid : -group, signal);
}

void stage_resize(struct terminal_size size) {
  if (stage.phase == PHASE_RUNNING && stage.terminal >= 0) terminal_resize(stage.terminal, size);
}

static void sample_limits_hit(void) {
  if (disk_is_full()) stage.outcome.limits_hit |= HIT_DISK;
  int pid = stage.reaping.first_pid;
  if (pid != 0 && open_files_at_limit(pid, stage.request.open_files_limit)) stage.outcome.limits_hit |= HIT_OPEN_FILES;
}

/* The first reason wins: nothing that comes later changes it. */
static void end(enum stage_reason reason) {
  if (stage.phase != PHASE_RUNNING) return;
  stage.outcome.reason = reason;
  stage.ended_us = now_us();
  /* The last look at what is gone when its processes are. */
  sample_limits_hit();
  stage.phase = PHASE_KILLING;
  stdin_feed_close(&stage.input);
}

void stage_kill(void) {
  if (stage.phase != PHASE_RUNNING) return;
  /* It may have ended by itself while the frame was on its way. */
  reap(&stage.reaping);
  end(stage.reaping.first_pid == 0 ? REASON_EXITED : REASON_KILLED);
}

static void check_limits(uint64_t now) {
  if (now - stage.started_us >= stage.request.wall_limit_us) return end(REASON_WALL_LIMIT);
  if (now < stage.next_tick_us) return;
  stage.next_tick_us = now + TICK_US;
  for (int index = 0; index < 2; index++) stage.outputs[index].rests = false;
  stage.input.rests = false;
  if (usage_cpu_us(&stage.usage, stage.reaping.first_pid) >= stage.request.cpu_limit_us) return end(REASON_CPU_LIMIT);
  if (usage_is_over_memory(&stage.usage, stage.request.memory_limit_bytes)) return end(REASON_OUT_OF_MEMORY);
  if (stage.tick_count++ % TICKS_PER_SAMPLE == 0) sample_limits_hit();
}

/* An errno from the child means that it never became the program. */
static void read_status(void) {
  int32_t error = 0;
  if (sys_read(stage.status_fd, &error, sizeof(error)) == sizeof(error)) {
    stage.outcome.reason = REASON_NOT_STARTED;
    stage.outcome.value = error;
    stage.outcome.cpu_us = stage.outcome.memory_peak_bytes = NOT_MEASURED;
  }
  sys_close(stage.status_fd);
  stage.status_fd = -1;
}

static void conclude(bool ended_by_itself) {
  struct stage_outcome *outcome = &stage.outcome;
  bool out_of_memory = usage_was_out_of_memory(&stage.usage);
  stage.usage.resident_seen_bytes = stage.reaping.max_resident_bytes;
  outcome->wall_us = stage.ended_us - stage.started_us;
  outcome->cpu_us = usage_cpu_us(&stage.usage, 0);
  outcome->memory_peak_bytes = usage_memory_peak_bytes(&stage.usage);
  sample_limits_hit();
  if (ended_by_itself) {
    struct stage_evidence evidence = {
        .status = stage.reaping.first_status,
        .out_of_memory = out_of_memory,
        .cpu_limit_used_up = outcome->cpu_us != NOT_MEASURED && outcome->cpu_us >= stage.request.cpu_limit_us,
    };
    outcome_of_end(outcome, &evidence);
  }
  if (stage.terminal >= 0) sys_close(stage.terminal);
  stage.terminal = -1;
  if (out_of_memory && outcome->reason != REASON_OUT_OF_MEMORY) outcome->limits_hit |= HIT_MEMORY;
  if (usage_was_out_of_processes(&stage.usage)) outcome->limits_hit |= HIT_PROCESSES;
  read_status();
}

/* Returns true when nothing of the stage is left alive. */
static bool kill_and_collect(void) {
  kill_everything();
  return reap(&stage.reaping);
}

/* Nobody is left who could write, so an empty pipe is as good as one that ended. */
static bool drain(struct output_pump *pump, struct outbox *outbox) {
  enum pump_result result;
  do {
    result = output_pump_step(pump, outbox);
  } while (result == PUMP_MOVED);
  if (result == PUMP_NO_ROOM) return false;
  output_pump_close(pump);
  return true;
}

bool stage_step(struct outbox *outbox) {
  if (stage.phase == PHASE_RUNNING) {
    reap(&stage.reaping);
    if (stage.reaping.first_pid == 0) {
      end(REASON_EXITED);
    } else {
      check_limits(now_us());
    }
  }
  if (stage.phase == PHASE_KILLING) {
    bool ended_by_itself = stage.outcome.reason == REASON_EXITED;
    if (!kill_and_collect()) return now_us() - stage.ended_us < KILL_PATIENCE_US;
    conclude(ended_by_itself);
    stage.phase = PHASE_DRAINING;
  }
  if (stage.phase == PHASE_DRAINING) {
    bool drained = drain(&stage.outputs[0], outbox);
    drained = drain(&stage.outputs[1], outbox) && drained;
    if (!drained) return true;
    stage.outcome.truncated[0] = stage.outputs[0].truncated;
    stage.outcome.truncated[1] = stage.outputs[1].truncated;
    write_exit(outbox);
  }
  return true;
}

static uint64_t until(uint64_t due, uint64_t now) { return due > now ? due - now : 0; }

uint64_t stage_pause_us(void) {
  uint64_t now = now_us();
  switch (stage.phase) {
    case PHASE_RUNNING: {
      uint64_t tick = until(stage.next_tick_us, now);
      uint64_t elapsed = now - stage.started_us;
      uint64_t limit = stage.request.wall_limit_us > elapsed ? stage.request.wall_limit_us - elapsed : 0;
      return tick < limit ? tick : limit;
    }
    case PHASE_KILLING:
      return KILL_AGAIN_US;
    default:
      return UINT64_MAX;
  }
}

void stage_poll_prepare(struct poll_entry entries[STAGE_POLL_ENTRIES], const struct outbox *outbox) {
  bool pending = stdin_feed_is_pending(&stage.input);
  /* A pipe also without anything to write, so that we learn when the program closes it. A terminal has no such end. */
  bool watched = stage.input.is_terminal ? pending && !stage.input.rests : true;
  entries[0] = (struct poll_entry){watched ? stage.input.fd : -1, pending ? POLL_OUT : 0, 0};
  for (int index = 0; index < 2; index++) {
    const struct output_pump *pump = &stage.outputs[index];
    bool wanted = stage.phase != PHASE_DRAINING && !pump->rests && output_pump_may_read(pump, outbox);
    entries[1 + index] = (struct poll_entry){wanted ? pump->fd : -1, POLL_IN, 0};
  }
}

void stage_poll_done(const struct poll_entry entries[STAGE_POLL_ENTRIES], struct outbox *outbox) {
  if (stage.input.is_terminal && entries[0].returned != 0) {
    stdin_feed_step(&stage.input);
    /* One that nobody has open is full, and says so again and again. */
    stage.input.rests = stdin_feed_is_pending(&stage.input);
  } else if (entries[0].returned & POLL_ERROR) {
    stdin_feed_close(&stage.input);
  } else if (entries[0].returned & POLL_OUT) {
    stdin_feed_step(&stage.input);
  }
  for (int index = 0; index < 2; index++) {
    if (entries[1 + index].returned != 0) output_pump_step(&stage.outputs[index], outbox);
  }
}

uint32_t stage_stdin_taken(void) {
  uint32_t taken = stage.input.owed;
  stage.input.owed = 0;
  return taken;
}
