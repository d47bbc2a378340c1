# shellcheck shell=bash
# uv, a Python interpreter and the project's environment.

setup_python() {
  find_uv
  if environment_is_current; then return; fi
  find_python
  say "Installing the project's Python packages in .venv."
  quietly "The Python packages could not be installed." "$UV" sync --frozen --python "$PYTHON"
}

environment_is_current() {
  [[ -x .venv/bin/python ]] && "$UV" sync --frozen --check --offline --python .venv/bin/python >/dev/null 2>&1
}

# Set UV to a uv that works; install one if there is none.
find_uv() {
  [[ -n ${UV:-} ]] && return
  select_pyenv
  UV=uv
  uv --version >/dev/null 2>&1 && return
  UV=$PWD/.local/tools/uv/bin/uv
  [[ -x $UV ]] && return
  say "Installing uv $UV_VERSION in .local."
  quietly "uv could not be installed; it needs Python's venv and pip (package python3-venv)." install_uv
}

install_uv() {
  rm -rf .local/tools/uv
  python3 -m venv .local/tools/uv
  .local/tools/uv/bin/python -m pip install --quiet "uv==$UV_VERSION"
}

# Set PYTHON to an interpreter of the required version; let uv download one if there is none.
find_python() {
  [[ -n ${PYTHON:-} ]] && return
  if [[ -n ${PYENV_VERSION:-} ]] && has pyenv; then
    PYTHON=$(pyenv prefix)/bin/python$PYTHON_VERSION
    [[ -x $PYTHON ]] && return
  fi
  PYTHON=$("$UV" python find --no-project "$PYTHON_VERSION" 2>/dev/null) && return
  say "Downloading Python $PYTHON_VERSION."
  quietly "Python $PYTHON_VERSION is required, but uv could not download it; install it and try again." \
    "$UV" python install "$PYTHON_VERSION"
  PYTHON=$("$UV" python find --no-project "$PYTHON_VERSION")
}

# With pyenv, its shims, uv among them, fail unless a version is selected.
select_pyenv() {
  has pyenv || return 0
  local version
  version=$(pyenv versions --bare | grep -x "$PYTHON_VERSION\.[0-9]*" | sort -V | tail -1) || return 0
  export PYENV_VERSION=$version
}
