#pragma once
/* What a program leaves in the IPC namespace: shared memory, semaphores and message queues, of System V and of POSIX. */

/* Removes them, a block at a time. Returns 1 while there may be more, 0 when there are none, or a negative errno. */
long ipc_step(void);
