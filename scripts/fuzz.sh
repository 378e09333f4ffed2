#!/bin/sh
# Runs every libFuzzer target of a build for some seconds each; stops at the first finding.
# usage: fuzz.sh <build folder> <seconds per target>
set -eu
build=$1
seconds=$2
found=0
for target in "$build"/fuzz/fuzz_*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=${target##*/fuzz_}
  echo "== $name, $seconds s"
  mkdir -p "$build/corpus/$name"
  seeds=fuzz/corpus/$name
  [ -d "$seeds" ] || seeds=
  # shellcheck disable=SC2086
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build/$name-" "$build/corpus/$name" $seeds 2>"$build/$name.log" || {
    tail -n 40 "$build/$name.log"
    exit 1
  }
  grep -E 'stat::(number_of_executed_units|average_exec_per_sec)' "$build/$name.log"
  found=1
done
[ "$found" = 1 ] || { echo "no fuzz targets in $build/fuzz" >&2; exit 1; }
