#!/usr/bin/env bash
# A container engine for the tests, with everything of its own (data, socket, state) under one directory.
#
#   engine.sh run COMMAND...   give COMMAND an engine: the one that answers already, or one started for as long as it runs
#   engine.sh start            start one and leave it running; prints the DOCKER_HOST to use
#   engine.sh stop             stop what start started
#
# Debian's docker.io and debootstrap are installed when they are missing. Needs root unless an engine answers already.
# Exit status: COMMAND's own; 3 when no engine can be had, with the reason on standard error.
#
# CONFORMANCE_ENGINE_DIR     where everything is kept; images stay there from one run to the next
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin" # where dockerd and iptables are, and not every login shell looks

directory=${CONFORMANCE_ENGINE_DIR:-/var/tmp/mcp-oauth-conformance-engine}
socket=unix://$directory/docker.sock
pid_file=$directory/dockerd.pid
log_file=$directory/dockerd.log
ready_seconds=60
stop_seconds=30

give_up() {
  echo "engine.sh: no container engine: $*" >&2
  exit 3
}

answers() {
  command -v docker >/dev/null && DOCKER_HOST=$1 timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

install_packages() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  # Since Debian 13 the command-line client is a package of its own.
  command -v docker >/dev/null || { apt-cache show docker-cli >/dev/null 2>&1 && missing+=(docker-cli); }
  [[ ${#missing[@]} -eq 0 ]] && return
  command -v apt-get >/dev/null || give_up "${missing[*]} not installed, and there is no apt-get here to do it."
  [[ $EUID -eq 0 ]] || give_up "${missing[*]} not installed; run as root, or start an engine and set DOCKER_HOST."
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && apt-get install --yes --no-install-recommends iptables "${missing[@]}"; } >&2 ||
    give_up "apt-get could not install ${missing[*]}."
}

start() {
  answers "$socket" && return
  install_packages
  [[ $EUID -eq 0 ]] || give_up "dockerd needs root; run as root, or start an engine and set DOCKER_HOST."
  mkdir -p "$directory"
  rm -f "$pid_file"
  setsid dockerd --data-root "$directory/data" --exec-root "$directory/exec" --pidfile "$pid_file" --host "$socket" \
    >"$log_file" 2>&1 </dev/null &
  local daemon=$!
  for ((waited = 0; waited < ready_seconds * 2; waited++)); do
    answers "$socket" && return
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.5
  done
  kill "$daemon" 2>/dev/null || true
  tail -n 20 "$log_file" >&2
  give_up "dockerd did not answer within $ready_seconds seconds; the end of $log_file is above."
}

stop() {
  [[ -f $pid_file ]] || return 0
  local daemon
  daemon=$(<"$pid_file")
  kill "$daemon" 2>/dev/null || return 0
  for ((waited = 0; waited < stop_seconds * 2; waited++)); do
    kill -0 "$daemon" 2>/dev/null || return 0
    sleep 0.5
  done
  echo "engine.sh: dockerd (process $daemon) did not stop within $stop_seconds seconds; it was killed" >&2
  kill -KILL "$daemon" 2>/dev/null || true
}

run() {
  [[ $# -gt 0 ]] || { echo "usage: engine.sh run COMMAND..." >&2; exit 2; }
  local host=${DOCKER_HOST:-unix:///var/run/docker.sock}
  if ! answers "$host"; then
    host=$socket
    answers "$host" || trap stop EXIT
    start
  fi
  DOCKER_HOST=$host "$@"
}

case ${1:-} in
  run) shift && run "$@" ;;
  start) start && echo "DOCKER_HOST=$socket" ;;
  stop) stop ;;
  *) echo "usage: engine.sh run COMMAND... | start | stop" >&2 && exit 2 ;;
esac
