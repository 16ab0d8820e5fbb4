# shellcheck shell=bash
# Docker Compose, for the tests of compose.yaml: the plugin of Docker's client, or the program of its own that Debian 12 has.

compose_ready() {
  command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1
}

compose_make() {
  install_or_fail 'Docker Compose, for the tests of compose.yaml' docker-compose
}
