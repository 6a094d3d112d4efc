#!/usr/bin/env bash
# A minimal Debian with Python as a base image, made on this machine: for where no image can be pulled.
#
#   base_image.sh TAG [SUITE]
#
# Does nothing when the engine has TAG already. SUITE is a Debian release with Python 3.11 or later (default: bookworm).
# Needs root, debootstrap and an engine: `engine.sh run base_image.sh TAG`.
set -euo pipefail

tag=${1:?usage: base_image.sh TAG [SUITE]}
suite=${2:-bookworm}

docker image inspect "$tag" >/dev/null 2>&1 && exit 0

# The mirror that this machine's own packages come from; debootstrap knows one when there is none.
# shellcheck disable=SC2016  # the dollars are apt's
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  awk -v suite="$suite" '$1 == suite { print $2; exit }')
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=python3,python3-venv "$suite" "$root/debian" ${mirror:+"$mirror"} >"$root/log" 2>&1 || {
  tail -n 20 "$root/log" "$root/debian/debootstrap/debootstrap.log" >&2 2>/dev/null
  echo "base_image.sh: debootstrap of $suite failed; the end of its log is above" >&2
  exit 1
}
tar --create --directory "$root/debian" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' \
  --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' . | docker import - "$tag" >/dev/null
