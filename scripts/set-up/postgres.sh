# shellcheck shell=bash
# PostgreSQL's programs, for the tests: each of those that need a database starts a cluster of its own.

postgres_ready() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

postgres_make() {
  # Debian's package would make a cluster and start it, which nobody here needs.
  if can_install && [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  install_or_fail 'PostgreSQL, for the tests of installations on several machines' postgresql
}
