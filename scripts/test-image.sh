#!/usr/bin/env bash
# npm run test:image: builds the product's image and runs it, with the engine's socket. Some minutes: packages are fetched anew.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export TEST_TIMEOUT_MS=${TEST_TIMEOUT_MS:-1200000}
cd "$root"
exec scripts/test.sh deploy/docker/image.test.ts
