/* How the kernel enters a program without a C library. */

#include "../init.h"
#include "../syscalls.h"

__asm__(START_ASSEMBLY);

__attribute__((noreturn, used)) void start(long *stack) { sys_exit(init_main((int)stack[0], (char **)(stack + 1))); }
