#!/usr/bin/env bash
# Rejects an unknown mode, finds a Python for bootstrap.py, and runs it. The output of `-V` decides, not whether the
# command exists: on Windows `python3` may only open the Microsoft Store, and ubuntu-22.04 has Python 3.10 on the PATH
# and newer ones in the tool cache only.
set -euo pipefail

# Programs in relative entries of the PATH, and in those inside of the checkout, may come from a pull request.
path=""
IFS=: read -r -d "" -a entries <<<"$PATH:" || true
for entry in "${entries[@]}"; do
  entry=${entry%$'\n'}
  if [[ $entry == /* || $entry == [A-Za-z]:[/\\]* ]] && [[ $entry/ != "${GITHUB_WORKSPACE:-/nowhere}"/* ]]; then
    path+="${path:+:}$entry"
  fi
done
export PATH=$path
shopt -s nullglob

case "${K6CI_MODE:-run}" in
  run | check | scan | report) ;;
  *)
    echo "::error title=k6ci::The input 'mode' of the action must be 'run', 'check', 'scan' or 'report'."
    exit 10
    ;;
esac

seen=""

is_recent_python() {
  local version
  version=$("$1" -V 2>/dev/null) || return 1
  version=${version//[^[:alnum:]. +]/?}
  seen+="${seen:+, }$1: ${version:0:40}"
  [[ $version =~ ^Python\ 3\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 11))
}

candidates=(python3 python python3.14 python3.13 python3.12 python3.11)
if [[ -n ${RUNNER_TOOL_CACHE:-} ]]; then
  candidates+=("$RUNNER_TOOL_CACHE"/Python/3.1[1-9].*/*/bin/python3 "$RUNNER_TOOL_CACHE"/Python/3.1[1-9].*/*/python.exe)
fi

for candidate in "${candidates[@]}"; do
  if command -v "$candidate" >/dev/null && is_recent_python "$candidate"; then
    exec "$candidate" -I -X utf8 "${BASH_SOURCE[0]%/*}/bootstrap.py"
  fi
done

echo "::error title=k6ci set-up::k6ci needs Python 3.11 or later on this runner (found ${seen:-none}).%0A  -> Put a step" \
  "with actions/setup-python and a python-version of 3.11 or later before this one."
exit 2
