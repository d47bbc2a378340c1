#!/usr/bin/env bash
# Set up what is missing for the parts named: local/setup.sh python native k6 toxiproxy sam template
#   python    uv, Python 3.13 and the project's environment in .venv
#   native    redis-server, MariaDB, Java and Kafka's jars, for the stack without containers
#   k6        the load generator
#   toxiproxy the faults between the functions and their servers in the chaos tests
#   sam       AWS SAM's command, in an environment of its own
#   template  sam, checkov and actionlint, which check the templates and the workflow
# Everything but system packages goes to .venv and .local; what is there already is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034  # read by the parts
{
  UV_VERSION=0.13.9
  PYTHON_VERSION=3.13
  SAM_VERSION=1.170.0
  CHECKOV_VERSION=3.3.30
  ACTIONLINT_VERSION=v1.7.12
  K6_VERSION=v1.8.1
  TOXIPROXY_VERSION=v2.12.0
  JAVA_VERSION=17
}

for part in local/setup/*.sh; do
  # shellcheck source=/dev/null
  source "$part"
done

for part in "$@"; do
  case $part in
    python | native | k6 | toxiproxy | sam | template) "setup_$part" ;;
    *) fail "There is no part $part; the parts are python, native, k6, toxiproxy, sam and template." ;;
  esac
done
