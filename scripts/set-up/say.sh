# shellcheck shell=bash disable=SC2154
# What set-up says, and where the talk of installers goes.

say() {
  printf 'run-it: %s\n' "$1" >&2
}

# The exit code is EX_UNAVAILABLE of sysexits: nothing is wrong with the command, something it needs is not there.
fail() {
  say "$1"
  exit 69
}

# Runs an installer out of sight. It gets no stdin (that is the program's) and not the lock, which a daemon that it starts
# would otherwise hold for as long as it lives.
logged() {
  printf '\n$ %s\n' "$*" >>"$set_up_log"
  "$@" >>"$set_up_log" 2>&1 </dev/null 9>&-
}

fail_with_log() {
  say "$1"
  tail -n 15 "$set_up_log" | sed 's/^/    /' >&2
  say "the whole log: $set_up_log"
  exit 69
}
