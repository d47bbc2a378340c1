# The sam command pins dozens of versions exactly: it lives in an environment of its own.

setup_sam() {
  [[ -x .local/bin/sam ]] && [[ -d .local/tools/sam-$SAM_VERSION ]] && return
  local home=$PWD/.local/tools/sam-$SAM_VERSION
  find_uv
  find_python
  say "Installing sam $SAM_VERSION in .local."
  rm -rf "$home.part"
  # Seeded, as sam build wants a python3.13 with pip on the PATH.
  quietly "An environment for sam could not be made." "$UV" venv --quiet --seed --relocatable --python "$PYTHON" "$home.part"
  quietly "sam could not be installed." \
    "$UV" pip install --quiet --python "$home.part/bin/python" "aws-sam-cli==$SAM_VERSION"
  mv "$home.part" "$home"
  mkdir -p .local/bin
  cat >.local/bin/sam <<SCRIPT
#!/bin/sh
PATH="$home/bin:\$PATH" exec "$home/bin/sam" "\$@"
SCRIPT
  chmod 755 .local/bin/sam
}
