# shellcheck shell=bash
# Command-line tools, in .local/bin.

setup_sam() { install_python_tool sam "$SAM_VERSION" aws-sam-cli; }

# The rehearsal's emulator of AWS. The translator is optional for it, and required for this application.
setup_ministack() { install_python_tool ministack "$MINISTACK_VERSION" ministack "aws-sam-translator==$TRANSLATOR_VERSION"; }

setup_template() {
  setup_sam
  install_python_tool checkov "$CHECKOV_VERSION" checkov
  setup_actionlint
}

setup_actionlint() {
  local tool=.local/bin/actionlint
  if [[ -x $tool && $($tool -version | head -1) == "$ACTIONLINT_VERSION" ]]; then return; fi
  has go || fail "actionlint, which checks the workflow, is built with Go; install Go (https://go.dev/dl/)."
  build_go_tool actionlint "$ACTIONLINT_VERSION" github.com/rhysd/actionlint/cmd/actionlint
}

setup_k6() {
  if [[ -x .local/bin/k6 ]]; then return; fi
  # The npm package k6 is not the load generator.
  if has k6 && [[ $(k6 version 2>/dev/null) == k6* ]]; then return; fi
  has go ||
    fail "k6 is not installed: install it (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go to build it."
  build_go_tool k6 "$K6_VERSION" go.k6.io/k6
}

setup_toxiproxy() {
  if [[ -x .local/bin/toxiproxy-server ]]; then return; fi
  has go || fail "toxiproxy-server, which the chaos tests need, is built with Go; install Go (https://go.dev/dl/)."
  build_go_tool toxiproxy-server "$TOXIPROXY_VERSION" github.com/Shopify/toxiproxy/v2/cmd/server
}

# install_python_tool COMMAND VERSION PACKAGE...: install a command in its own environment, because the package pins the
# exact versions of many others.
install_python_tool() {
  local home=$PWD/.local/tools/$1-$2
  [[ -x $home/bin/$1 ]] || create_environment "$@"
  mkdir -p .local/bin
  # With the environment on the PATH, because `sam build` runs its python3.13.
  cat >"$home/command" <<SCRIPT
#!/bin/sh
PATH="$home/bin:\$PATH" exec "$home/bin/$1" "\$@"
SCRIPT
  chmod 755 "$home/command"
  mv -f "$home/command" ".local/bin/$1"
}

create_environment() {
  local home=$PWD/.local/tools/$1-$2
  find_uv
  find_python
  say "Installing $1 $2 in .local."
  rm -rf "$home" "$home.part"
  # With --seed, because `sam build` needs pip.
  quietly "The environment for $1 could not be created." \
    "$UV" venv --quiet --seed --relocatable --python "$PYTHON" "$home.part"
  quietly "$1 could not be installed." "$UV" pip install --quiet --python "$home.part/bin/python" "$3==$2" "${@:4}"
  mv "$home.part" "$home"
}

# build_go_tool COMMAND VERSION PACKAGE: build a Go command; the package may give it another name.
build_go_tool() {
  local part=$PWD/.local/bin/$1.part
  say "Building $1 $2 in .local/bin; this can take some minutes."
  rm -rf "$part"
  quietly "$1 could not be built." env "GOBIN=$part" go install "$3@$2"
  mv "$part"/* ".local/bin/$1"
  rmdir "$part"
}
