#pragma once
/* One stage, from its request to its end. There is one at a time, so there is one of these. */

#include "../outbox.h"
#include "../stage-request.h"
#include "../syscalls.h"

enum { STAGE_POLL_ENTRIES = 3 };

void stage_open(int working_folder);
bool stage_is_running(void);

/* Starts it, or ends it at once as not started; `file_error` is an errno that keeps it from starting, or 0. */
void stage_start(const struct stage_request *request, int file_error, struct outbox *outbox);
/* Returns false when the sender overran its window. */
bool stage_stdin(const uint8_t *bytes, size_t size);
void stage_stdin_end(void);
/* Bytes of stdin that were taken since it was asked last. */
uint32_t stage_stdin_taken(void);
void stage_signal(int signal);
/* Does nothing to a stage without a terminal. */
void stage_resize(struct terminal_size size);
void stage_kill(void);

/* Does what is due: limits, collecting, the end. To be called whenever the loop comes round. Returns false when
   processes do not die although they were killed, so that only the end of the container can help. */
bool stage_step(struct outbox *outbox);

/* How long nothing is due. */
uint64_t stage_pause_us(void);

/* Tells what is to be waited for, and takes what came of it. */
void stage_poll_prepare(struct poll_entry entries[STAGE_POLL_ENTRIES], const struct outbox *outbox);
void stage_poll_done(const struct poll_entry entries[STAGE_POLL_ENTRIES], struct outbox *outbox);
