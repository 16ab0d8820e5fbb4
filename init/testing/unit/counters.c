#include <string.h>

#include "../../limits/counter-text.h"
#include "check.h"

static uint64_t named(const char *text, const char *name) { return counter_named(text, strlen(text), name); }
static uint64_t number(const char *text) { return counter_number(text, strlen(text)); }

void check_counters(void) {
  const char *v1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";
  const char *v2 = "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n";
  check("a counter is found in v1's text", named(v1, "oom_kill") == 3);
  check("a counter is found in v2's text", named(v2, "oom_kill") == 1);
  check("a name that begins another is not taken for it", named("oom_kill_disable 7\n", "oom_kill") == NOT_MEASURED);
  check("a name in the middle of a line is not taken for it", named("a oom 7\n", "oom") == NOT_MEASURED);
  check("a counter that is not there was not measured", named(v1, "max") == NOT_MEASURED);
  check("a name at the end of the text has no number", named("max", "max") == NOT_MEASURED);
  check("a name and a space have no number", named("max ", "max") == NOT_MEASURED);
  check("a word is not a number", number("max\n") == NOT_MEASURED);
  check("nothing is not a number", number("") == NOT_MEASURED);
  check("a number ends at its line", number("12345\n678") == 12345);
  check("the largest number is read", number("18446744073709551615") == UINT64_MAX);
  check("a number that is too large was not measured", number("18446744073709551616") == NOT_MEASURED);
}
