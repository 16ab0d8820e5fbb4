#!/usr/bin/env bash
# npm run test:deployment: starts what operators start, and has it fail: compose.yaml as a whole, the unit under a systemd of its own, and
# the proxy in front of the engine's socket. What no registry gives is made of Debian's packages. Some minutes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/set-up.sh
source "$root/scripts/set-up.sh"
set_up packages engine compose
export TEST_TIMEOUT_MS=${TEST_TIMEOUT_MS:-1200000}
# In the name of all that is started, so that it can be found when the tests are killed before they have cleaned up.
export TEST_DEPLOYMENT_ID=$$
cd "$root"

runner=
clean_up() {
  if [[ -n $runner ]]; then
    kill -TERM "$runner" 2>/dev/null || true
    wait "$runner" || true
  fi
  local label=com.docker.compose.project=run-it-test-$TEST_DEPLOYMENT_ID ids
  mapfile -t ids < <(docker ps --all --quiet --filter "name=^/run-it-test-([a-z-]+-)?$TEST_DEPLOYMENT_ID([-_]|\$)")
  [[ ${#ids[@]} -eq 0 ]] || docker rm --force --volumes "${ids[@]}" >/dev/null || true
  mapfile -t ids < <(docker network ls --quiet --filter "label=$label")
  [[ ${#ids[@]} -eq 0 ]] || docker network rm "${ids[@]}" >/dev/null || true
  mapfile -t ids < <(docker volume ls --quiet --filter "label=$label")
  [[ ${#ids[@]} -eq 0 ]] || docker volume rm "${ids[@]}" >/dev/null || true
  docker image rm "run-it-test-$TEST_DEPLOYMENT_ID-image" >/dev/null 2>&1 || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[[ $# -gt 0 ]] || set -- deploy/compose/compose.test.ts deploy/systemd/unit.test.ts deploy/engine-proxy/engine-proxy.test.ts
# In the background, because a trap waits for what is not.
scripts/test.sh "$@" &
runner=$!
status=0
wait "$runner" || status=$?
runner=
exit "$status"
