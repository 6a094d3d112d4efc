#!/usr/bin/env bash
# Build the bundled reference's image from this checkout.
#
#   build_image.sh TAG [BASE]
#
# BASE is an image with Python 3.11 or later and its venv module (default: the Dockerfile's official slim image).
# The project and all that it needs are collected as wheels for BASE's Python outside the build, which runs without a network.
set -euo pipefail

tag=${1:?usage: build_image.sh TAG [BASE]}
base=${2:-$(sed -n 's/^ARG BASE=//p' "$(dirname "$0")/Dockerfile")}
containers=$(cd "$(dirname "$0")" && pwd)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

python_version=$(docker run --rm --network none --entrypoint python3 "$base" -c 'import platform; print(platform.python_version())')
machine=$(docker run --rm --network none --entrypoint python3 "$base" -c 'import platform; print(platform.machine())')

cp "$containers/Dockerfile" "$context/Dockerfile"
python3 -m pip wheel --quiet --no-deps --wheel-dir "$context/wheelhouse" "$containers/.."
python3 -m pip download --quiet --dest "$context/wheelhouse" --only-binary :all: --python-version "$python_version" \
  --platform "manylinux_2_28_$machine" --platform "manylinux2014_$machine" --platform "manylinux_2_17_$machine" --platform "manylinux1_$machine" \
  "$context"/wheelhouse/mcp_oauth_conformance-*.whl

docker build --network none --build-arg BASE="$base" --tag "$tag" "$context"
