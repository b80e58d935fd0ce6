#!/usr/bin/env bash
# Makes an image of Debian with Python and git, as a stand-in for python:3.13-slim, and settings for podman without a daemon
# and without a network of its own. usage: stand_in.sh FOLDER
set -euo pipefail
folder=$1
export CONTAINERS_CONF="$folder/containers.conf"
mkdir -p "$folder"
cat >"$CONTAINERS_CONF" <<'EOF'
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
EOF
command -v podman >/dev/null && command -v runc >/dev/null && command -v debootstrap >/dev/null || {
  echo "e2e-containers needs podman, runc and debootstrap: apt-get install podman runc debootstrap uidmap" >&2
  exit 2
}
if ! podman image exists localhost/k6ci-stand-in:bookworm; then
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase --include=python3,python3-venv,git,bash,ca-certificates,rsync bookworm "$root" >&2
  tar -C "$root" -c . | podman import --quiet - localhost/k6ci-stand-in:bookworm >&2
fi
# The second is the image with which gitlab-ci-local copies files.
podman tag localhost/k6ci-stand-in:bookworm docker.io/library/python:3.13-slim
podman tag localhost/k6ci-stand-in:bookworm docker.io/firecow/gitlab-ci-local-util:latest
