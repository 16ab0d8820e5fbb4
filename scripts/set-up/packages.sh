# shellcheck shell=bash disable=SC2154
# Node and node_modules. The pinned Node is itself an optional package, so an older Node with npm is enough to begin with.

# Says which Node made the set-up complete, and with which lock file.
packages_stamp=$root/node_modules/.run-it-lock.json
packages_node=$root/node_modules/.run-it-node

packages_ready() {
  [[ -r $packages_stamp && -r $packages_node ]] || return 1
  cmp -s "$root/package-lock.json" "$packages_stamp" || return 1
  IFS= read -r node <"$packages_node" || return 1
  # The folder may have been moved or copied since.
  [[ $node == /* ]] || node=$root/$node
  [[ -x $node ]]
}

packages_make() {
  local npm
  command -v npm >/dev/null || install_npm
  npm=$(command -v npm)
  say 'installing the Node packages (npm ci)'
  # Nothing needs an install script, so none gets to run. What an outer `npm test` exports must not change what is installed.
  (
    cd "$root"
    NODE_ENV='' logged "$npm" ci --include=dev --include=optional --ignore-scripts --no-audit --no-fund --no-progress \
      --no-update-notifier --loglevel=error
  ) || fail_with_log 'npm ci failed. Is the package registry reachable from here?'
  link_pinned_node
  find_node
  printf '%s\n' "${node#"$root/"}" >"$packages_node"
  # The last step: without this file the next call begins again.
  cp "$root/package-lock.json" "$packages_stamp.part"
  mv "$packages_stamp.part" "$packages_stamp"
}

install_npm() {
  [[ $(uname -s) == Linux ]] || fail 'Missing: npm. Install Node 24.9 or later, which brings it (on macOS: brew install node).'
  install_or_fail 'Node and npm, to install the rest with' nodejs npm
}

# npm 9 leaves this one out, and npm scripts find Node by it.
link_pinned_node() {
  local pinned
  for pinned in "$root"/node_modules/node-linux-*/bin/node; do
    [[ ! -x $pinned ]] || ln -sfn "../${pinned#"$root/node_modules/"}" "$root/node_modules/.bin/node"
  done
}

find_node() {
  local candidate
  for candidate in "$root/node_modules/.bin/node" "$(type -P node || true)"; do
    [[ -n $candidate ]] && node_is_new_enough "$candidate" && node=$candidate && return 0
  done
  fail 'Missing: Node 24.9 or later. The pinned one does not run on this machine; install one with your package manager.'
}

node_is_new_enough() {
  local version major minor
  version=$("$1" --version 2>/dev/null </dev/null) || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major > 24 || (major == 24 && minor >= 9)))
}
