#pragma once
/* A process that was started before its stage is known: it waits for its source, which it has open as a pipe. */

#include "../files.h"
#include "../frame.h"
#include "../outbox.h"
#include "../stage-request.h"
#include "../syscalls.h"
#include "spawn.h"

void preboot_open(int working_folder);

/* Returns NULL, or which rule was broken. Answered by a `prebooted` frame. */
const char *preboot_start(const struct frame *frame);

/* Whether what this frame asks for cannot be done beside the waiting process. */
bool preboot_is_in_the_way(const struct frame *frame, const struct files *files);
/* Begins to end it; until `preboot_is_ending` says no, no frame is to be looked at. */
void preboot_end(void);
bool preboot_is_ending(void);

/* Before a file is made: the pipe gives way to it, and the process that has it open does not notice. */
void preboot_make_way(const uint8_t *path, size_t path_size);

/* Hands the process over to its stage, and begins to give it its source. Returns its pid, or a negative errno. To be called only
   for a frame that it is not in the way of. */
long preboot_continue(struct spawned *spawned);

/* Whether it is there for a stage that asks for it. */
bool preboot_is_waiting(void);
/* 0 when there is none. */
int preboot_pid(void);

/* Returns false when it does not die although it was killed. */
bool preboot_step(struct outbox *outbox);
uint64_t preboot_pause_us(void);

/* Of the source on its way. */
void preboot_poll_prepare(struct poll_entry *entry);
void preboot_poll_done(const struct poll_entry *entry);
