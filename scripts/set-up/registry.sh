# shellcheck shell=bash disable=SC2154
# The registry that the tests pull images from. Only its program is taken out of Debian's package: to install that would start a
# registry for everybody who can reach the machine.

registry_folder=$set_up_folder/registry

registry_ready() {
  command -v ip >/dev/null || return 1
  [[ -x $registry_folder/usr/bin/docker-registry ]] || command -v docker-registry >/dev/null
}

registry_make() {
  local packages=$registry_folder.part
  command -v ip >/dev/null || install_or_fail 'the tool ip, for the tests of images' iproute2
  is_debian || fail 'Missing: a container registry, for the tests. Install what your system calls docker-registry, then try again.'
  say 'fetching docker-registry (for the tests of images)'
  if [[ $EUID -eq 0 && -z ${apt_updated:-} ]]; then
    logged apt-get -q -o Acquire::Retries=3 update || true
    apt_updated=yes
  fi
  rm -rf "$packages" "$registry_folder"
  mkdir -p "$packages/package"
  # The package is read by this user, and not by apt's own.
  (cd "$packages" && logged apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" download docker-registry) ||
    fail_with_log 'docker-registry could not be fetched.'
  logged dpkg-deb -x "$packages"/docker-registry_*.deb "$packages/package" ||
    fail_with_log 'docker-registry could not be unpacked.'
  mv "$packages/package" "$registry_folder"
  rm -rf "$packages"
}
