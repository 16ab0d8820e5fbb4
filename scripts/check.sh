#!/usr/bin/env bash
# npm run check: what is quick enough to run before each commit. Format, lint, types, and the tests that need no engine.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/set-up.sh
source "$root/scripts/set-up.sh"
set_up packages
export PATH=$root/node_modules/.bin:$PATH
cd "$root"

biome check --error-on-warnings .
tsc
# For older targets than ours.
tsc -p sdk/tsconfig.json --noEmit
# In one process: starting one for each file would take longer than all the tests.
exec node --disable-warning=ExperimentalWarning --test --test-isolation=none \
  'src/**/*.test.ts' 'sdk/src/**/*.test.ts' 'scripts/**/*.test.ts' 'bench/**/*.test.ts' 'test/*.test.ts'
