#!/usr/bin/env bash
# npm test: sets up what is missing, checks the sources, and runs every test there is on a real engine. It ends with the test
# runner's summary. Arguments are test files to run instead of all of them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/set-up.sh
source "$root/scripts/set-up.sh"
set_up packages init libc engine browser postgres registry

# A pinned tool finds the pinned Node first; without it the one that set-up found is in the PATH already.
export PATH=$root/node_modules/.bin:$PATH
cd "$root"

# A hang fails instead of holding a machine for ever. One test alone gets less.
deadline_seconds=${TEST_DEADLINE_SECONDS:-4500}
test_timeout_ms=${TEST_TIMEOUT_MS:-180000}

report=$(mktemp)
runner=
finish() {
  [[ -z $runner ]] || kill -TERM "$runner" 2>/dev/null || true
  rm -f "$report"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say 'looking for the images that the tests need'
INIT_TEST_IMAGE=$(node scripts/prepare-images.ts)
export INIT_TEST_IMAGE

if [[ $# -eq 0 ]]; then
  say 'checking format, lint and types'
  biome check --error-on-warnings .
  tsc
  # For older targets than ours.
  tsc -p sdk/tsconfig.json --noEmit
  say "testing init's parts"
  init/test.sh
  set -- 'src/**/*.test.ts' 'sdk/src/**/*.test.ts' 'init/**/*.test.ts' 'scripts/**/*.test.ts' 'bench/**/*.test.ts' 'test/**/*.test.ts'
fi

containers_before=$(node scripts/list-sandboxes.ts)

# One file after another: tests on the engine measure limits, and would bite each other on two cores. `timeout` leads a process
# group of its own, so everything that a test started ends with it.
timeout --kill-after=10 "$deadline_seconds" node --disable-warning=ExperimentalWarning --test --test-concurrency=1 \
  --test-timeout="$test_timeout_ms" \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=./scripts/report-skipped.ts --test-reporter-destination="$report" "$@" &
runner=$!
status=0
wait "$runner" || status=$?
runner=

[[ $status -ne 124 ]] || say "the tests took longer than $deadline_seconds seconds and were ended"
if [[ -s $report ]]; then
  say 'tests that were skipped, or are yet to be written, count as failed:'
  cat "$report" >&2
  status=1
fi
node scripts/list-sandboxes.ts --gone-within 20 "$containers_before" || status=1
exit "$status"
