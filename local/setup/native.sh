# shellcheck shell=bash
# The servers of the native stack: system packages, and Kafka's jars from Maven.

setup_native() {
  local packages=()
  has_server redis-server || packages+=(redis-server)
  # The core packages, because they install no service; mariadb-install-db needs a program of the client package.
  { has_server mariadbd && has mariadb-install-db && has my_print_defaults; } ||
    packages+=(mariadb-server-core mariadb-client-core)
  has_java || packages+=("openjdk-$JAVA_VERSION-jre-headless")
  has_jars || has mvn || packages+=(maven)
  ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
  has_java || fail "Java $JAVA_VERSION or newer is required, but java on the PATH is older."
  has_jars || copy_jars
}

has_server() { PATH=$PATH:/usr/sbin:/usr/local/sbin has "$1"; }

has_java() {
  local line
  has java && line=$(java -version 2>&1 | head -1) && [[ $line =~ \"([0-9]+) ]] && ((BASH_REMATCH[1] >= JAVA_VERSION))
}

jars() {
  local version
  version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' local/kafka/pom.xml)
  printf '.local/kafka-%s/libs' "$version"
}

has_jars() { [[ -d $(jars) ]]; }

copy_jars() {
  local libs part
  libs=$(jars)
  part=$PWD/$libs.part
  say "Copying Kafka's jars to $libs."
  rm -rf "$part"
  quietly "Kafka's jars could not be downloaded by Maven." \
    mvn -q -B -f local/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$part"
  mv "$part" "$libs"
}

# Install system packages with apt-get where that is possible; otherwise fail and name them.
install_packages() {
  local names="$*"
  has apt-get || fail "Please install $names (on macOS: brew install redis mariadb openjdk maven)."
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    fail "Please install the servers of the native stack: sudo apt-get install $names"
  fi
  say "Installing $names."
  forbid_service_start
  quietly "The package lists could not be downloaded." apt update -qq
  quietly "$names could not be installed." apt install -y -qq --no-install-recommends "$@"
  allow_service_start
  disable_redis_service "$@"
}

as_root() { if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi; }

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }

# Debian starts a server as soon as it is installed, unless this file forbids it; the stack starts its own servers.
POLICY=/usr/sbin/policy-rc.d

forbid_service_start() {
  [[ -e $POLICY ]] && return
  trap allow_service_start EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
  policy_is_ours=1
}

allow_service_start() {
  [[ -z ${policy_is_ours:-} ]] || as_root rm -f "$POLICY"
  policy_is_ours=
}

# The packaged Redis would otherwise start at the next boot.
disable_redis_service() {
  if [[ " $* " == *" redis-server "* ]] && [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --quiet redis-server
  fi
}
