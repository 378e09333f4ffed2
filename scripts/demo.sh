#!/usr/bin/env bash
# Two processes find each other, talk, and send a file whose digest is compared. usage: demo.sh <build folder>
set -euo pipefail
build=${1:?usage: demo.sh <build folder>}
megabytes=${DEMO_MEGABYTES:-64}
seconds=${DEMO_SECONDS:-60}

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
head -c "${megabytes}M" /dev/urandom >"$work/sent"

# The descriptions and candidates of each side are the standard input of the other; what they report is shown.
mkfifo "$work/to_answerer" "$work/to_offerer"
(timeout "$seconds" "$build/examples/offerer" --trickle --file="$work/sent" \
  2>&1 <"$work/to_offerer" >"$work/to_answerer" | sed -u 's/^/offerer   /') &
offerer=$!
(timeout "$seconds" "$build/examples/answerer" --trickle --save="$work/received" \
  2>&1 >"$work/to_offerer" <"$work/to_answerer" | sed -u 's/^/answerer  /') &
answerer=$!

failed=0
wait "$offerer" || failed=$?
wait "$answerer" || failed=$?
if [ "$failed" -ne 0 ]; then
  echo "demo: failed with status $failed" >&2
  exit 1
fi
(cd "$work" && sha256sum sent received)
cmp "$work/sent" "$work/received"
echo "demo: ${megabytes} MiB arrived unchanged"
