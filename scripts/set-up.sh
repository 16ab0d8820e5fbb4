# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by the launcher and by scripts/test.sh, with `root` set to the repository's folder.
#
# set_up PART… makes each part present: `packages` (Node and node_modules), `init` (the program inside sandboxes), `engine`
# (a Docker Engine that answers), `libc` (what init's own tests need), `browser` (what the client's tests need), `postgres`,
# `registry` and `compose` (for tests, too). It looks first, without a lock and without starting
# programs; only when something is missing does it take the lock and work. Every step may be interrupted and repeated.
# Standard output and standard input belong to the program: set-up talks on stderr, and installers write to a log file.

# The folder of what set-up keeps for itself: its log, its lock and its notes. Git ignores it.
set_up_folder=$root/.run-it
set_up_log=$set_up_folder/set-up.log

for set_up_file in say debian packages init engine browser postgres registry compose; do
  # shellcheck source=/dev/null
  source "$root/scripts/set-up/$set_up_file.sh"
done
unset set_up_file

set_up() {
  local part missing=()
  for part in "$@"; do
    "${part}_ready" || missing+=("$part")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0

  trap 'set_up_interrupted' INT TERM
  set_up_lock
  for part in "${missing[@]}"; do
    # Somebody else may have made it while this one waited for the lock.
    "${part}_ready" || "${part}_make"
  done
  set_up_unlock
  trap - INT TERM
}

set_up_interrupted() {
  say 'interrupted during set-up; the next call goes on from here'
  exit 130
}

# One set-up at a time in this checkout. Without flock (not on Linux) nothing below installs anything but node_modules.
set_up_lock() {
  mkdir -p "$set_up_folder" 2>/dev/null || true
  [[ -w $set_up_folder ]] ||
    fail "Set-up is not complete, and this user cannot write to $root. Run the command once as the owner of that folder."
  : >"$set_up_log"
  command -v flock >/dev/null || return 0
  exec 9>"$set_up_folder/set-up.lock"
  flock --nonblock 9 && return 0
  say 'another call is setting up this folder; waiting for it'
  flock --timeout 900 9 || fail "Another call has been setting up $root for 15 minutes. End it, then try again."
}

set_up_unlock() {
  exec 9>&-
}
