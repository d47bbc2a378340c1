# What checks the templates and the workflow: each pins much, so each has an environment of its own.

setup_template() {
  setup_sam
  setup_checkov
  setup_actionlint
}

setup_checkov() {
  local home=.local/tools/checkov-$CHECKOV_VERSION
  if [[ ! -x $home/bin/checkov ]]; then
    find_uv
    find_python
    say "Installing checkov $CHECKOV_VERSION in .local."
    rm -rf "$home"
    quietly "An environment for checkov could not be made." "$UV" venv --quiet --python "$PYTHON" "$home"
    quietly "checkov could not be installed." \
      "$UV" pip install --quiet --python "$home/bin/python" "checkov==$CHECKOV_VERSION"
  fi
  mkdir -p .local/bin
  ln -sf "../tools/checkov-$CHECKOV_VERSION/bin/checkov" .local/bin/checkov
}

setup_actionlint() {
  if [[ -x .local/bin/actionlint && $(.local/bin/actionlint -version | head -1) == "$ACTIONLINT_VERSION" ]]; then return; fi
  has go || fail "Go is needed to build actionlint, which checks the workflow; install it (https://go.dev/dl/)."
  say "Building actionlint $ACTIONLINT_VERSION in .local/bin."
  quietly "actionlint could not be built." \
    env "GOBIN=$PWD/.local/bin" go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT_VERSION"
}
