# shellcheck shell=bash
# The browser that the tests use the TypeScript client in.

browser_ready() {
  command -v chromium >/dev/null
}

browser_make() {
  install_or_fail 'Chromium, for the tests of the TypeScript client' chromium
}
