# Toxiproxy, between the functions and their servers in the chaos tests: it delays, drops and cuts what passes.

setup_toxiproxy() {
  if [[ -x .local/bin/toxiproxy-server ]]; then return; fi
  has go || fail "toxiproxy-server is needed for the chaos tests: install Go to build it with."
  say "Building toxiproxy $TOXIPROXY_VERSION in .local/bin."
  local bin=$PWD/.local/bin
  # The module's command is called server.
  quietly "toxiproxy could not be built." \
    env "GOBIN=$bin/toxiproxy.part" go install "github.com/Shopify/toxiproxy/v2/cmd/server@$TOXIPROXY_VERSION"
  mv "$bin/toxiproxy.part/server" "$bin/toxiproxy-server"
  rmdir "$bin/toxiproxy.part"
}
