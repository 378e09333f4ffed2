#!/bin/sh
# Installs the Debian packages that are missing for one purpose: build, bench, test or dev.
# usage: packages.sh build|bench|test|dev
set -eu

build="cmake ninja-build g++ make pkg-config libboost1.81-dev libssl-dev libusrsctp-dev nlohmann-json3-dev python3"
bench="$build libboost-program-options1.81-dev gnuplot-nox linux-perf"
test="$build valgrind catch2 chromium firefox-esr coturn openssl iproute2 nftables"
dev="$test libboost-program-options1.81-dev clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 ccache"

case "${1:-}" in
  build) wanted=$build ;;
  bench) wanted=$bench ;;
  test) wanted=$test ;;
  dev) wanted=$dev ;;
  *) echo "usage: $0 build|bench|test|dev" >&2; exit 2 ;;
esac

missing=""
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

echo "installing:$missing"
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
