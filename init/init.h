#pragma once
/* PID 1 of a sandbox. Returns its exit code: 0 when its stdin ended, else one of sysexits. */

int init_main(int argument_count, char **arguments);
