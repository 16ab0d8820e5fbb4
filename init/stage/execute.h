#pragma once
/* Becomes the program, or says on stderr why not, as a shell would. */

/* Returns the exit code to end with: 127 when there is no such command, 126 when it cannot be executed. */
int execute(char *const *arguments, char *const *variables);
