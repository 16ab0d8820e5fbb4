#!/usr/bin/env bash
# npm run bench: sets up what is missing, as npm test does, and measures. See `npm run bench -- --help`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/set-up.sh
source "$root/scripts/set-up.sh"

set_up packages
export PATH=$root/node_modules/.bin:$PATH
cd "$root"
bench=(node --disable-warning=ExperimentalWarning bench/main.ts "$@")

for word in "$@"; do
  case $word in -h | --help) exec "${bench[@]}" ;; esac
done

is_scale=false
for word in "$@"; do
  case $word in --scale) is_scale=true ;; esac
done
if $is_scale; then
  # No program runs there: what is measured is what lies between the processes.
  set_up engine postgres
else
  set_up init libc engine
  say 'looking for the images that are measured'
  node --disable-warning=ExperimentalWarning scripts/prepare-images.ts >/dev/null
fi
exec "${bench[@]}"
