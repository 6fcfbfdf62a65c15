#!/usr/bin/env bash
# Make a virtual environment with uv in it. Debian splits venv's pip part off: fall back step by step.
set -euo pipefail
python=$1 venv=$2
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed; $python is $("$python" --version). Try: make PYTHON=python3.11" >&2
  exit 1
fi
if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
  rm -rf "$venv"
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  if command -v apt-get >/dev/null && $sudo true 2>/dev/null; then
    echo "Installing Debian's python$version-venv…"
    $sudo apt-get update -qq && $sudo apt-get install -y -qq "python$version-venv" >/dev/null
    "$python" -m venv "$venv"
  elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip "$venv"
    "$python" -m pip --python "$venv/bin/python" install -q pip
  else
    echo "This Python cannot make virtual environments. Install python$version-venv and try again:" >&2
    echo "  sudo apt-get install python$version-venv" >&2
    exit 1
  fi
fi
"$venv/bin/python" -m pip install -q --require-hashes -r deploy/requirements/uv.txt
