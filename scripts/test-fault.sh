#!/usr/bin/env bash
# npm run test:fault: what must not be lost when things break, in the long form: 200 kills of one server, kills among several
# processes and of their database, sleeping workers, bad lines, restarts, a bad engine, a full disk. It takes an hour and more. `npm test`
# has the short form. SEED=… repeats what a failure names; arguments are test files.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export FAULT_FORM=${FAULT_FORM:-long} TEST_DEADLINE_SECONDS=${TEST_DEADLINE_SECONDS:-10800} TEST_TIMEOUT_MS=${TEST_TIMEOUT_MS:-7200000}
cd "$root"
[[ $# -gt 0 ]] || set -- 'test/fault/*.test.ts'
exec scripts/test.sh "$@"
