# Say what is done; show a command's output only when it fails.

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# quietly SENTENCE COMMAND...: run the command, and print all it said with the sentence when it fails.
quietly() {
  local sentence=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    fail "$sentence"
  fi
  rm -f "$log"
}

has() { command -v "$1" >/dev/null; }
