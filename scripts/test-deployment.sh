#!/usr/bin/env bash
# npm run test:deployment: starts what operators start, and has it fail: compose.yaml as a whole, the unit under a systemd of its own, and
# the proxy in front of the engine's socket. What no registry gives is made of Debian's packages. Some minutes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/set-up.sh
source "$root/scripts/set-up.sh"
set_up packages engine compose
export TEST_TIMEOUT_MS=${TEST_TIMEOUT_MS:-1200000}
cd "$root"
[[ $# -gt 0 ]] || set -- deploy/compose/compose.test.ts deploy/systemd/unit.test.ts deploy/engine-proxy/engine-proxy.test.ts
exec scripts/test.sh "$@"
