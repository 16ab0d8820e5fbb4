# shellcheck shell=bash disable=SC2154
# What only Debian and Ubuntu have: packages that root can install without asking anybody.

is_debian() {
  command -v apt-get >/dev/null && [[ -r /etc/os-release ]] &&
    grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release
}

can_install() {
  [[ $EUID -eq 0 ]] && is_debian
}

# try_install PACKAGE…: quiet, without recommended packages. Also repairs an earlier call that was interrupted.
try_install() {
  local -x DEBIAN_FRONTEND=noninteractive
  local options=(-y -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  logged dpkg --configure -a || return 1
  if [[ -z ${apt_updated:-} ]]; then
    # A broken third-party source fails the update, yet the packages asked for may be there all the same.
    logged apt-get "${options[@]}" update || true
    apt_updated=yes
  fi
  logged apt-get "${options[@]}" install --no-install-recommends "$@"
}

# install_or_fail WHAT-FOR PACKAGE…
install_or_fail() {
  local purpose=$1
  shift
  if can_install; then
    say "installing $* ($purpose)"
    try_install "$@" || fail_with_log "$* could not be installed."
  elif is_debian; then
    fail "Missing: $purpose. Install it with: sudo apt-get install $*"
  else
    fail "Missing: $purpose. Install what your system calls $* (these are Debian's names), then try again."
  fi
}
