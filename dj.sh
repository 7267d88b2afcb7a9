#!/usr/bin/env bash
# Vault's commands. `./dj.sh help` lists them. Works with the bash 3.2 of macOS.
set -euo pipefail
cd -- "$(dirname -- "$0")"

VENV=.venv
PY=$VENV/bin/python
ROOM_MB=400
LOG=''
CHILD=''
HALF_MADE=''

# --- saying things ---------------------------------------------------------------------------------------------------

die() { # one sentence, to standard error
  printf '%s\n' "$*" >&2
  exit 1
}

stage() { # stage NAME COMMAND...: one line with the time it took; the command's own words go to $LOG
  local name=$1 started=$SECONDS
  shift
  printf '  %-34s' "$name" >&2
  LOG=${LOG:-$(mktemp "${TMPDIR:-/tmp}/vault-log.XXXXXX")} || die 'The disk is full, or the temporary folder cannot be written.'
  if interruptible "$@" >"$LOG" 2>&1; then
    printf '%4d s\n' "$((SECONDS - started))" >&2
  else
    printf 'failed\n' >&2
    tail -n 15 "$LOG" >&2
    die "$(reason "$name")"
  fi
}

interruptible() { # a command that ends with this script
  "$@" &
  CHILD=$!
  wait "$CHILD" || { local code=$?; CHILD=''; return "$code"; }
  CHILD=''
}

reason() { # what the last failed stage means, as one sentence
  if grep -qiE 'no space left|disk is full|quota exceeded' "$LOG"; then
    echo "The disk is full: free some space (Vault needs about 500 MB) and run this again."
  elif grep -qiE 'read-only file system|permission denied' "$LOG"; then
    echo "$PWD cannot be written: put Vault in a folder of your own and run this again."
  elif grep -qiE "(gcc|clang|cc|cl\.exe|cargo|rustc)['\"]? (failed|not found)|no such file or directory: '(gcc|cc|clang|x86_64[^']*)'|unable to find.*compiler|microsoft visual c\+\+|python\.h: no such file" "$LOG"; then
    echo "A package must be compiled here and no compiler was found: install one (Debian: apt install build-essential python3-dev; macOS: xcode-select --install) and run this again."
  elif grep -qiE 'do not match the hashes|hash mismatch' "$LOG"; then
    echo "A downloaded package is not the one that was pinned: the index or the network between is not to be trusted."
  elif grep -qiE 'name resolution|connection (refused|reset|error)|could not connect|timed out|network is unreachable|dns error|max retries' "$LOG"; then
    echo "The package index cannot be reached: check the network or the proxy and run this again."
  elif grep -qiE 'ensurepip is not|no module named .?(venv|ensurepip)' "$LOG"; then
    echo "This Python has no venv module: install it (Debian: apt install python3-venv) and run this again."
  else
    echo "$1 failed; the lines above say why."
  fi
}

clean_up() {
  if [ -n "$CHILD" ]; then
    kill -TERM "$CHILD" 2>/dev/null || true
    wait "$CHILD" 2>/dev/null || true
  fi
  if [ -n "$HALF_MADE" ]; then rm -rf -- "$HALF_MADE" 2>/dev/null || true; fi
  if [ -n "$LOG" ]; then rm -f -- "$LOG"; fi
  if [ -n "${SCRATCH:-}" ]; then rm -rf -- "$SCRATCH"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- getting ready ---------------------------------------------------------------------------------------------------

find_python() { # prints the first Python that is new enough
  local candidate found=''
  for candidate in ${VAULT_PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
    found="$found${found:+, }$("$candidate" -c 'import sys; print("%s is %d.%d" % (sys.executable, sys.version_info[0], sys.version_info[1]))' 2>/dev/null || true)"
  done
  die "Vault needs Python 3.11 or newer (found: ${found:-none}): install one, or name it with VAULT_PYTHON=/path/to/python3.11."
}

room() { # the folder can be written and the packages fit
  local free
  [ -w . ] || die "$PWD cannot be written: put Vault in a folder of your own and run this again."
  free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
  [ "${free:-$ROOM_MB}" -ge "$ROOM_MB" ] || die "Only $free MB are free in $PWD: Vault needs $ROOM_MB MB for its packages."
}

has_uv() { [ "${VAULT_NO_UV:-}" = '' ] && command -v uv >/dev/null 2>&1; }

make_venv() {
  local python
  if [ -x "$PY" ] && "$PY" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then return; fi
  python=$(find_python)
  room
  rm -rf -- "$VENV" 2>/dev/null || true
  HALF_MADE=$VENV
  if has_uv; then
    stage 'Virtual environment (uv)' uv venv --quiet --python "$python" "$VENV"
  else
    stage 'Virtual environment' "$python" -m venv "$VENV"
  fi
}

pip_install() {
  if has_uv; then
    uv pip install --quiet --python "$PY" --require-hashes -r "$1"
  else
    "$PY" -m pip --version >/dev/null 2>&1 || "$PY" -m ensurepip --upgrade
    "$PY" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
  fi
}

packages() { # packages FILE: nothing to do while the file is the one that was installed last
  make_venv
  cmp -s "$1" "$VENV/installed-$1" && return
  room
  stage "Packages ($1)" pip_install "$1"
  cp -- "$1" "$VENV/installed-$1"
  HALF_MADE=''
}

write_env() { # a secret key of one's own, unless there are settings already
  if [ -e .env ] || [ -e VaultSettings.json ] || [ -n "${SECRET_KEY:-}" ]; then return; fi
  (umask 077 && printf 'SECRET_KEY=%s\n' "$("$PY" -c 'import secrets; print(secrets.token_urlsafe(48))')" >.env) 2>/dev/null ||
    die "$PWD cannot be written: put Vault in a folder of your own, or set SECRET_KEY in the environment."
}

ready() {
  export PYTHONUNBUFFERED=1
  packages requirements.txt
  write_env
}

ready_to_develop() {
  export PYTHONUNBUFFERED=1
  packages requirements-dev.txt
}

own_home() { # state of this command alone, gone when it ends
  SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/vault.XXXXXX") || die 'The temporary folder cannot be written.'
  export VAULT_HOME=$SCRATCH
}

manage() { ready && exec "$PY" manage.py "$@"; }

replace() { # becomes the command: its signals and its exit code are this script's
  clean_up
  exec "$@"
}

# --- verbs -----------------------------------------------------------------------------------------------------------

verb_up() { #          everything: packages, settings, database, staff user, demo data, then web, worker and sampler
  export DJANGO_SETTINGS_MODULE=${DJANGO_SETTINGS_MODULE:-vault_site.settings.dev}
  ready
  replace "$PY" -m tools.up "$@"
}

verb_start() { #       the same in the background; its words go to up.log under VAULT_HOME
  ready
  "$PY" -m tools.background start
}

verb_stop() { #        stop what runs, in the background or not
  ready
  "$PY" -m tools.background stop
}

verb_restart() { #     stop, then start in the background
  verb_stop && verb_start
}

verb_run() { #         Django's development server with DEBUG on, and no worker
  export DEBUG=${DEBUG:-true}
  manage runserver "${HOST:-127.0.0.1}:${PORT:-8000}" "$@"
}

verb_mig() { #         makemigrations, then migrate
  ready
  "$PY" manage.py makemigrations && "$PY" manage.py migrate "$@"
}

verb_sudo() { #        create another superuser
  manage createsuperuser "$@"
}

verb_test() { # [path] the whole suite with what it needs, or the tests of one path
  ready_to_develop
  own_home
  keep_bytecode
  export DJANGO_SETTINGS_MODULE=vault_site.settings.test
  if [ $# -gt 0 ]; then
    "$PY" -m pytest "$@"
    return
  fi
  local failed=0
  together -m 'not browser and not slow' || failed=$?
  together -m 'browser or slow' || failed=$?
  test_on_servers || failed=$?
  return "$failed"
}

keep_bytecode() { # in a folder of this command where Python is told to leave none: tests start hundreds of processes
  if [ -z "${PYTHONDONTWRITEBYTECODE:-}" ]; then return; fi
  unset PYTHONDONTWRITEBYTECODE
  export PYTHONPYCACHEPREFIX=$SCRATCH/bytecode
}

together() { # three at a time, on two cores too: a fifth of the time is waiting, for a process, a lease or a page
  "$PY" -m pytest -q -n 3 --dist worksteal "$@"
}

test_on_servers() { # the suite again on PostgreSQL and Redis, where they are named
  if [ -z "${VAULT_TEST_POSTGRES_URL:-}" ]; then
    echo 'PostgreSQL: not tested, VAULT_TEST_POSTGRES_URL is not set.'
    return
  fi
  export DATABASE_URL=$VAULT_TEST_POSTGRES_URL REDIS_URL=${VAULT_TEST_REDIS_URL:-}
  echo "Again on PostgreSQL${REDIS_URL:+ and Redis}, but for what has no database:"
  together -m 'not browser and not slow' --ignore tests/ops --ignore tests/test_architecture.py
}

verb_lint() { #        ruff, format, types, architecture, deployment check, missing migrations
  ready_to_develop
  own_home
  "$PY" -m ruff check .
  "$PY" -m ruff format --check .
  if command -v shellcheck >/dev/null 2>&1; then shellcheck dj.sh script.sh .ci/run; fi
  "$PY" -m mypy vault_site domains dashboards tools tests
  "$PY" -m pytest -q tests/test_architecture.py
  production_checks
}

production_checks() {
  export DJANGO_SETTINGS_MODULE=vault_site.settings.production ENVIRONMENT=production HTTPS=true DEBUG=false
  export ALLOWED_HOSTS='["vault.example.org"]' CSRF_TRUSTED_ORIGINS='["https://vault.example.org"]'
  SECRET_KEY=$("$PY" -c 'import secrets; print(secrets.token_urlsafe(60))')
  export SECRET_KEY
  "$PY" manage.py check --deploy --fail-level WARNING
  "$PY" manage.py makemigrations --check --dry-run
}

verb_fmt() { #         mend what ruff can mend
  ready_to_develop
  "$PY" -m ruff check --fix . && "$PY" -m ruff format .
}

verb_shell() { #       a Python prompt with Vault loaded
  manage shell "$@"
}

verb_check() { #       Django's system checks
  manage check "$@"
}

verb_worker() { #      the worker alone
  manage vault_worker "$@"
}

verb_sampler() { #     the sampler alone
  manage sampler "$@"
}

verb_demo() { #        load the demo data again; what is there stays
  manage load_demo "$@"
}

verb_bench() { # [name] the benchmarks, each as a ratio against a peer measured in the same run
  ready_to_develop
  case "${*:-engine}" in *engine*) peers ;; esac
  replace "$PY" -m tools.bench "$@"
}

peers() { # what the engine is measured against, in an environment of its own
  local VENV=.venv-bench PY=.venv-bench/bin/python
  packages requirements-bench.txt
}

verb_chaos() { #       random runs while workers are killed, frozen and lose their database; any duplicate or loss fails
  ready_to_develop
  replace "$PY" -m tools.chaos "$@"
}

verb_shots() { #       a PNG of every page, light, dark and 390 px wide, into shots/
  ready_to_develop
  replace "$PY" -m tools.shots "$@"
}

verb_lock() { #        pin every package with its hashes, for all platforms
  ready_to_develop
  has_uv || die 'lock needs uv: pip install uv.'
  lock requirements && lock requirements-dev -c requirements.txt && lock requirements-bench
}

lock() { # lock NAME [OPTIONS]
  local name=$1
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --custom-compile-command './dj.sh lock' "$@" "$name.in" -o "$name.txt"
}

verb_help() { #        this list
  echo 'Usage: ./dj.sh VERB [arguments]'
  sed -nE 's/^verb_([a-z]+)\(\) \{ # *(\[[a-z]+\])? */\1 \2|/p' "$0" | while IFS='|' read -r verb text; do
    printf '  %-14s %s\n' "$verb" "$text"
  done
}

main() {
  local verb=${1:-help}
  [ $# -eq 0 ] || shift
  case $verb in -h | --help) verb=help ;; esac
  declare -F "verb_$verb" >/dev/null || { verb_help >&2; die "There is no verb \"$verb\"."; }
  "verb_$verb" "$@"
}

main "$@"
