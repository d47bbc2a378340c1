#!/usr/bin/env bash
# Set up what is missing of the named parts: local/setup.sh python native k6 toxiproxy sam ministack template
#   python    uv, Python 3.13 and the project's environment in .venv
#   native    redis-server, MariaDB, Java and Kafka's jars, for the stack without containers
#   k6        the load generator
#   toxiproxy the proxy that injects network faults in the chaos tests
#   sam       the AWS SAM command
#   ministack the emulator of AWS, for the rehearsal of a deployment
#   template  sam, checkov and actionlint, which check the templates and the workflow
# Everything except system packages is installed in .venv and .local; what is installed already is not changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034  # the sourced files use them
{
  UV_VERSION=0.13.9
  PYTHON_VERSION=3.13
  SAM_VERSION=1.170.0
  MINISTACK_VERSION=1.5.33
  TRANSLATOR_VERSION=1.115.0
  CHECKOV_VERSION=3.3.30
  ACTIONLINT_VERSION=v1.7.12
  K6_VERSION=v1.8.1
  TOXIPROXY_VERSION=v2.12.0
  JAVA_VERSION=17
}

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# quietly MESSAGE COMMAND...: run the command; if it fails, print its output, then the message.
quietly() {
  local message=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    fail "$message"
  fi
  rm -f "$log"
}

has() { command -v "$1" >/dev/null; }

for file in local/setup/*.sh; do
  # shellcheck source=/dev/null
  source "$file"
done

for part in "$@"; do
  case $part in
    python | native | k6 | toxiproxy | sam | ministack | template) "setup_$part" ;;
    *) fail "Unknown part $part; the parts are python, native, k6, toxiproxy, sam, ministack and template." ;;
  esac
done
