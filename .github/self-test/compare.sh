#!/usr/bin/env bash
# Compares how the steps of self-test.yml ended with what is expected of them.
set -euo pipefail

failed=0

expect() { # NAME EXPECTED ACTUAL
  if [[ $3 == "$2" ]]; then
    echo "ok: $1: $2"
  else
    echo "::error title=action self-test::$1: expected '$2', found '$3'"
    failed=1
  fi
}

expect "a test that passes" "success passed" "$PASSED"
expect "crossed thresholds" "failure failed" "$CROSSED"
expect "a script that does not exist" "failure error" "$MISSING"
expect "an empty secret" "failure error" "$EMPTY"
expect "an unknown mode" "failure " "$MODE"
expect "mode: check" "success" "$CHECK"

for name in passed crossed missing empty; do
  test -s "reports/$name/summary.md" || expect "reports/$name/summary.md" "a report" "no file"
done
exit "$failed"
