# System packages, on Debian and its kin where we may; anyone else is told what to install.

install_packages() {
  local names="$*"
  has apt-get || fail "Please install $names (on macOS: brew install redis mariadb openjdk maven)."
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    fail "Please install what the native stack needs: sudo apt-get install $names"
  fi
  say "Installing $names."
  forbid_starting
  quietly "The package lists could not be fetched." apt update -qq
  quietly "$names could not be installed." apt install -y -qq --no-install-recommends "$@"
  allow_starting
  keep_disabled "$@"
}

as_root() { if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi; }

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }

# Debian starts a server as soon as it is installed, unless this file forbids it; the stack starts its own.
POLICY=/usr/sbin/policy-rc.d

forbid_starting() {
  [[ -e $POLICY ]] && return
  trap allow_starting EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
  ours=1
}

allow_starting() {
  [[ -z ${ours:-} ]] || as_root rm -f "$POLICY"
  ours=
}

# Nor shall the packaged Redis start at the next boot.
keep_disabled() {
  if [[ " $* " == *" redis-server "* ]] && [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --quiet redis-server
  fi
}
