#!/usr/bin/env python3
"""Where the CPU goes while 64 KiB messages flow between two processes, by layer.

usage: profile.py <folder of sluice-bench> <output.json>
Samples both processes with perf and sorts each sample by the code it fell into. Needs perf (Debian: linux-perf).
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

KERNEL = "kernel: UDP and scheduling"
ALLOCATION = re.compile(r"malloc|free|calloc|realloc|operator new|operator delete|unlink_chunk|sysmalloc|systrim|arena")
COPIES = re.compile(r"mem(cpy|move|set|cmp)")
LOCKS = re.compile(r"pthread|lll_|futex|rwlock|tpp_")


def layer(binary: str, symbol: str) -> str:
    if binary.startswith("[kernel") or binary.startswith("[unknown"):
        return KERNEL
    if binary.startswith("[vdso") or "gettimeofday" in symbol or "clock_gettime" in symbol:
        return "clock"
    if "usrsctp" in binary:
        return "usrsctp"
    if "libcrypto" in binary:
        return "OpenSSL: AES-GCM"
    if "libssl" in binary:
        return "OpenSSL: DTLS records"
    if binary.startswith("libc.") or binary.startswith("libc-") or "libstdc++" in binary:
        if ALLOCATION.search(symbol):
            return "memory allocation"
        if COPIES.search(symbol):
            return "memory copies"
        if LOCKS.search(symbol):
            return "locks"
        return "system library"
    if match := re.search(r"\bsluice::([a-z]+)::", symbol):
        return {"bench": "benchmark itself"}.get(match[1], "Sluice: src/" + match[1])
    if "boost::asio" in symbol:
        return "Boost.Asio"
    if "sluice::" in symbol:
        return "Sluice: src/api"
    return "other code of the program"


def profile(bench: pathlib.Path) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "perf.data"
        subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "997", "-o", data, bench / "sluice-bench",
                        "throughput", "--only", "64 KiB", "--repeat", "1", "--seconds", "3", "--no-floor"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym,dso"], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    layers, symbols = collections.Counter(), collections.Counter()
    for line in text.splitlines():
        match = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line)
        if not match:
            continue
        symbol, binary = match[1], pathlib.PurePath(match[2]).name if match[2].startswith("/") else match[2]
        layers[layer(binary, symbol)] += 1
        symbols[f"{symbol.split('(')[0]} ({binary})"] += 1
    total = sum(layers.values())
    return {"samples": total,
            "layers": {name: count / total for name, count in layers.most_common()},
            "symbols": {name: count / total for name, count in symbols.most_common(30)}}


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    result = profile(pathlib.Path(sys.argv[1]))
    pathlib.Path(sys.argv[2]).write_text(json.dumps(result, indent=1) + "\n")
    for name, share in result["layers"].items():
        print(f"{share:6.1%}  {name}")


if __name__ == "__main__":
    main()
