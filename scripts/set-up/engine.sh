# shellcheck shell=bash disable=SC2154
# A Docker Engine that answers. One that the operator named is his: it is never installed or started from here.

default_socket=/var/run/docker.sock
dockerd_log=/var/log/run-it-dockerd.log
debootstrap_note=$set_up_folder/debootstrap-failed

engine_address() {
  engine_url=${RUN_IT_DOCKER_HOST:-${DOCKER_HOST:-unix://$default_socket}}
  engine_socket=${engine_url#unix://}
}

# Without starting a program: a listening socket is in the kernel's list, and a dead engine's is not. An engine elsewhere is
# left to the program, which says so when it cannot reach it.
engine_ready() {
  local sockets
  engine_address
  [[ $engine_url == unix://* ]] || return 0
  debootstrap_ready || return 1
  [[ -S $engine_socket && -w $engine_socket ]] || return 1
  if [[ -r /proc/net/unix ]]; then
    sockets=$(</proc/net/unix)
    # systemd listens at /run/docker.sock, which is the same file.
    [[ $sockets$'\n' == *" $engine_socket"$'\n'* || $sockets$'\n' == *" ${engine_socket#/var}"$'\n'* ]] && return 0
  fi
  # The socket of an engine outside this network namespace is not in the list.
  [[ -n ${node:-} ]] && ping_engine 5000
}

engine_make() {
  local answer=0
  ping_engine 5000 || answer=$?
  if ((answer == 13)); then
    fail "The Docker Engine at $engine_socket does not let this user in. Use sudo, or add the user to its group (sudo usermod -aG docker \"\$USER\") and log in again."
  elif ((answer != 0)); then
    [[ $engine_socket == "$default_socket" || $engine_socket == /run/docker.sock ]] ||
      fail "No Docker Engine answers at $engine_url. Start it, or name another one in DOCKER_HOST."
    install_engine
    start_engine
  fi
  debootstrap_ready || install_debootstrap
}

# 0: it answers; 13: it is there, but not for this user; else it does not answer.
ping_engine() {
  "$node" "$root/scripts/set-up/ping-engine.ts" "$engine_socket" "$1" </dev/null >/dev/null 2>&1
}

install_engine() {
  [[ $(uname -s) == Linux ]] ||
    fail 'No Docker Engine answers. run-it runs programs on Linux: use a Linux machine or a virtual one, or a server elsewhere: --server URL.'
  command -v dockerd >/dev/null && return 0
  if ! can_install && ! is_debian; then
    fail 'No Docker Engine answers, and none is installed. Install Docker Engine 20.10 or later as https://docs.docker.com/engine/install/ says, start it, then try again.'
  fi
  install_or_fail 'a Docker Engine' docker.io iptables ca-certificates debootstrap debian-archive-keyring gpgv
}

start_engine() {
  local pid=''
  ping_engine 2000 && return 0
  if [[ -d /run/systemd/system ]]; then
    [[ $EUID -eq 0 ]] || fail 'The Docker Engine is installed but not running. Start it with: sudo systemctl start docker'
    say 'starting the Docker Engine (systemctl start docker)'
    logged systemctl start docker || fail_with_log 'The Docker Engine could not be started.'
  elif dockerd_runs; then
    say 'waiting for the Docker Engine, which is starting'
  else
    [[ $EUID -eq 0 ]] || fail 'The Docker Engine is installed but not running. Start it as root, then try again.'
    say "starting the Docker Engine (dockerd, its log: $dockerd_log)"
    mount_cgroups
    # A session of its own: Ctrl-C and the end of this terminal are not meant for it.
    setsid dockerd >>"$dockerd_log" 2>&1 </dev/null 9>&- &
    pid=$!
  fi
  wait_for_engine 60 "$pid"
}

# Where no init system is, nobody may have mounted them yet.
mount_cgroups() {
  [[ -d /sys/fs/cgroup && -z $(ls -A /sys/fs/cgroup) ]] || return 0
  logged mount -t cgroup2 cgroup2 /sys/fs/cgroup || true
}

# The engine of the usual socket, that is: there may be others.
dockerd_runs() {
  local pid='' name=''
  { IFS= read -r pid </var/run/docker.pid; } 2>/dev/null || [[ -n $pid ]] || return 1
  { IFS= read -r name <"/proc/$pid/comm"; } 2>/dev/null && [[ $name == dockerd ]]
}

# wait_for_engine SECONDS [PID]: gives up at once when the process that was started has ended.
wait_for_engine() {
  local deadline=$((SECONDS + $1)) pid=${2:-}
  until ping_engine 2000; do
    if ((SECONDS >= deadline)) || { [[ -n $pid ]] && ! kill -0 "$pid" 2>/dev/null; }; then
      [[ ! -r $dockerd_log ]] || tail -n 15 "$dockerd_log" >>"$set_up_log"
      fail_with_log 'The Docker Engine was started, but does not answer.'
    fi
    sleep 0.2
  done
}

# Where no registry can be reached, images are built on a Debian base that debootstrap makes. With a registry nobody misses
# it, so a failure is noted and not tried again.
debootstrap_ready() {
  [[ -e $debootstrap_note ]] || command -v debootstrap >/dev/null || ! can_install
}

install_debootstrap() {
  say 'installing debootstrap (for images where no registry can be reached)'
  try_install debootstrap debian-archive-keyring gpgv || {
    say 'debootstrap could not be installed; going on without it, as it is needed only where no registry can be reached'
    : >"$debootstrap_note"
  }
}
