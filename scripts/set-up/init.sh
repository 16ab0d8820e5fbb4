# shellcheck shell=bash disable=SC2154
# The program that is PID 1 in every sandbox (init/), and the C compiler that it takes.

init_binary=$root/init/build/run-it-init

# Up to date when no source is newer.
init_ready() {
  local source
  [[ -x $init_binary ]] || return 1
  for source in "$root"/init/*.[ch] "$root"/init/*/*.[ch] "$root/scripts/build-init.sh"; do
    [[ ! $source -nt $init_binary ]] || return 1
  done
}

init_make() {
  [[ $(uname -s) == Linux ]] ||
    fail 'run-it runs programs on Linux only. Use a Linux machine or a virtual one, or a server elsewhere: --server URL.'
  # It needs no headers and no library: the compiler alone is enough.
  [[ -n ${CC:-} || -n $(type -P cc gcc clang) ]] ||
    install_or_fail 'a C compiler, for the program inside the sandboxes' gcc
  say 'building init, the program inside the sandboxes'
  logged "$root/scripts/build-init.sh" || fail_with_log 'init could not be built.'
  [[ -x $init_binary ]] || fail_with_log 'init was built, but is not there.'
  # A source may be newer than a binary that was up to date nonetheless.
  touch "$init_binary"
}

# Init's tests use the C library, which init itself does not.
libc_ready() {
  [[ -e /usr/include/stdio.h ]] && command -v gcc >/dev/null
}

libc_make() {
  install_or_fail "the C library's headers, for the tests of init" gcc libc6-dev
}
