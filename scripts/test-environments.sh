#!/usr/bin/env bash
# npm run test:environments: proves every environment that comes with the project, on a real engine. The first time it gets their
# images, which takes long. Arguments are those of `run-it env test`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/set-up.sh
source "$root/scripts/set-up.sh"
set_up packages init engine

export PATH=$root/node_modules/.bin:$PATH
cd "$root"

containers_before=$(node scripts/list-sandboxes.ts)
report=$(mktemp)
trap 'rm -f "$report"' EXIT

status=0
node --disable-warning=ExperimentalWarning src/main.ts env test --json "$@" >"$report" || status=$?
[[ ! -s $report ]] || node --disable-warning=ExperimentalWarning scripts/check-self-tests.ts "$report" || status=1
node scripts/list-sandboxes.ts --gone-within 20 "$containers_before" || status=1
exit "$status"
