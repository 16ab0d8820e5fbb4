#!/bin/sh
# Tests of init's parts with an ordinary C library: once plain, once with sanitizers. Needs no container.
# What init does as PID 1 is tested by the *.test.ts beside it.
set -eu

cd "$(dirname "$0")"
compiler=${CC:-cc}
mkdir -p build
# Everything but what stands in for the C library, and the entry.
sources="files.c inbox.c outbox.c path.c receive.c stage-request.c clean/*.c collect/*.c limits/*.c stage/*.c testing/unit/*.c"
flags='-std=gnu11 -g -O1 -Wall -Wextra -Werror'

# shellcheck disable=SC2086 # the lists are meant to be split
$compiler $flags -o build/unit $sources
build/unit
# shellcheck disable=SC2086
$compiler $flags -fsanitize=address,undefined -fno-sanitize-recover=all -o build/unit-sanitized $sources
build/unit-sanitized
