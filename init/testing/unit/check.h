#pragma once
/* Tests of the parts that need no container: each names its subject and what is expected of it. */

#include <stdbool.h>
#include <stdio.h>

void check(const char *expectation, bool holds);

void check_paths(void);
void check_counters(void);
void check_search_path(void);
void check_stage_request(void);
void check_boxes(void);
void check_outcome(void);
void check_seccomp(void);
void check_files(void);
void check_trees(void);
void check_output_pump(void);
void check_stdin_feed(void);
void check_terminal(void);
void check_memory(void);
void check_receive(void);
void check_collect(void);
