#!/usr/bin/env bash
# Build the bundled reference's image and judge it as a container target, after the tests of container targets themselves.
#
#   judge.sh [ARGUMENT OF conformance run...]
#
# Needs an engine (`engine.sh run judge.sh`) and an environment in which the project is installed with its extra `containers`.
# The image is built on the Dockerfile's official base when that is here or can be pulled, otherwise on one made here.
set -euo pipefail
cd "$(dirname "$0")/.."

image=mcp-oauth-conformance:judged
official=$(sed -n 's/^ARG BASE=//p' containers/Dockerfile)
made_here=mcp-oauth-conformance-base:bookworm

if docker image inspect "$official" >/dev/null 2>&1 || timeout 300 docker pull --quiet "$official" >/dev/null 2>&1; then
  BASE_IMAGE=$official
else
  echo "judge.sh: $official is not here and cannot be pulled; making $made_here with debootstrap"
  containers/base_image.sh "$made_here" bookworm
  BASE_IMAGE=$made_here
fi
export BASE_IMAGE

containers/build_image.sh "$image" "$BASE_IMAGE"
python -m pytest -q containers/test_real_engine.py
conformance run --target container:containers/target.yaml "$@"
