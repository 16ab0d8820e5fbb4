/* Prints a library that runs the commands in the variable SABOTAGE when the compiler, with which it was loaded, ends. */
#include <stdio.h>
#include <stdlib.h>

static const char source[] =
    "#include <stdlib.h>\n#include <string.h>\n"
    "extern char *program_invocation_short_name;\n"
    "__attribute__((destructor)) static void end(void) {\n"
    "  if (strcmp(program_invocation_short_name, \"gcc\") != 0) return;\n"
    "  unsetenv(\"LD_PRELOAD\");\n"
    "  if (system(getenv(\"SABOTAGE\")) == -1) abort();\n"
    "}\n";

int main(void) {
  FILE *file = fopen("/tmp/sabotage.c", "w");
  if (file == NULL || fputs(source, file) < 0 || fclose(file) != 0) return 1;
  return system("gcc -shared -fPIC -o /tmp/sabotage.so /tmp/sabotage.c && cat /tmp/sabotage.so");
}
