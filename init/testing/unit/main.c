#include "check.h"

static int passed, failed;

void check(const char *expectation, bool holds) {
  if (holds) {
    passed++;
    return;
  }
  failed++;
  printf("not ok: %s\n", expectation);
}

int main(void) {
  check_paths();
  check_counters();
  check_search_path();
  check_stage_request();
  check_boxes();
  check_outcome();
  check_seccomp();
  check_files();
  check_trees();
  check_output_pump();
  check_stdin_feed();
  check_terminal();
  check_memory();
  check_receive();
  check_collect();
  printf("init: %d checks passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
