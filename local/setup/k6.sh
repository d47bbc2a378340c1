# k6 builds from its Go module; npm's package of that name is another thing.

setup_k6() {
  if [[ -x .local/bin/k6 ]]; then return; fi
  if has k6 && [[ $(k6 version 2>/dev/null) == k6* ]]; then return; fi
  has go || fail "k6 is needed: install it (https://grafana.com/docs/k6/latest/set-up/install-k6/), or Go to build it with."
  say "Building k6 $K6_VERSION in .local/bin; this takes some minutes."
  quietly "k6 could not be built." env "GOBIN=$PWD/.local/bin" go install "go.k6.io/k6@$K6_VERSION"
}
