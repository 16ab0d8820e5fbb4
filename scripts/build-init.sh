#!/bin/sh
# Builds init/build/run-it-init, the program that is PID 1 in every sandbox, when it is missing or older than its sources.
# Says nothing when there is nothing to do. CC names another compiler, for example one for another machine.
set -eu

cd "$(dirname "$0")/../init"
target=build/run-it-init
stamp=build/run-it-init.sources

# Contents rather than times: a clone or a checkout sets times as it likes.
hash=$(cat ./*.[ch] arch/* clean/* collect/* freestanding/* limits/* stage/* ../scripts/build-init.sh | sha256sum)
if [ -x "$target" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash ${CC:-}" ]; then
  exit 0
fi

compiler=${CC:-}
for candidate in cc gcc clang; do
  if [ -z "$compiler" ] && command -v "$candidate" >/dev/null 2>&1; then compiler=$candidate; fi
done
if [ -z "$compiler" ]; then
  echo 'run-it: there is no C compiler, and one is needed once to build init.' >&2
  echo '        On Debian or Ubuntu: apt-get install gcc. Then try again.' >&2
  exit 69
fi

echo "run-it: building init with $compiler" >&2
mkdir -p build
# Built beside and moved, so that two builds at once do not see each other's halves.
draft=$target.$$
trap 'rm -f "$draft" "$stamp.$$"' EXIT
$compiler -std=gnu11 -static -nostdlib -ffreestanding -Os -Wall -Wextra -Werror \
  -fno-stack-protector -fno-asynchronous-unwind-tables -fno-pie -no-pie -ffunction-sections -fdata-sections \
  -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack -s \
  -I freestanding -o "$draft" ./*.c clean/*.c collect/*.c limits/*.c stage/*.c freestanding/*.c
echo "$hash ${CC:-}" >"$stamp.$$"
mv "$draft" "$target"
mv "$stamp.$$" "$stamp"
