#!/usr/bin/env python3
"""Peers in every kind of network: prints the matrix of topologies and peers, and fails if one cell does.

usage: netlab.py --peer=PROGRAM --cable=PROGRAM [options] [TEXT...]

A cell shows the selected pair and the seconds from createOffer to the open channel, or why it failed. TEXT picks the
topologies whose names contain it. Networks are namespaces of this kernel; where they are not permitted the exit
status is 77. Missing programs and a missing browser are failures.
"""
import argparse
import json
import math
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import lab
import topologies

sys.path.append(str(pathlib.Path(__file__).parents[1] / "interop"))

import peers_test  # noqa: E402

HERE = pathlib.Path(__file__).parent
LIMIT = 900  # seconds for one cell


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="examples/peer")
    parser.add_argument("--cable", required=True, help="cable.cpp")
    parser.add_argument("--peers", default="", help="folder with pion and aiortc")
    parser.add_argument("--pairs", help="only these, e.g. 'sluice chromium,chromium sluice'")
    parser.add_argument("--quick", action="store_true", help="the part that runs with all tests")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="times to run every cell; it shows medians")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="constant traffic instead of the matrix")
    parser.add_argument("--markdown", metavar="FILE", help="write the matrix there, too")
    parser.add_argument("topologies", nargs="*", metavar="TEXT")
    return parser.parse_args()


def find_programs(options, work):
    """The commands of the peers that are here; Chromium needs none."""
    programs = {"sluice": shlex.split(options.peer), "chromium": []}
    if options.peers:
        peers_test.settings.peers = options.peers
        programs |= {"pion": peers_test.build_pion(work), "aiortc": peers_test.find_aiortc(work)}
    return {name: command for name, command in programs.items() if command is not None}


def chosen(options, programs):
    """The cells to run: (topology, pair)."""
    for topology in topologies.TOPOLOGIES:
        if options.topologies and not any(text in topology.name for text in options.topologies):
            continue
        for pair in topology.quick if options.quick else topology.pairs:
            if (not options.pairs or pair in options.pairs.split(",")) and set(pair.split()) <= set(programs):
                yield topology, pair


def repeated(topology, pair, order, times):
    runs = []
    for _ in range(times):
        begin = time.monotonic()
        runs.append(run(topology, pair, order))
        took = time.monotonic() - begin
        print(f"{topology.name}, {pair}: {text(runs[-1:])}{details(runs[-1])} ({took:.1f} s)", flush=True)
    if times > 1:
        print(spread(runs), flush=True)
    return runs


def command(script, order):
    return [*lab.PREFIX, sys.executable, str(HERE / script), json.dumps(order)]


def run(topology, pair, order):
    """The result of one cell, which has a process and networks of its own."""
    try:
        done = subprocess.run(command("cell.py", {"topology": topology.name, "pair": pair, **order}),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {"failed": f"not done within {LIMIT} s"}
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = {"failed": f"exit status {done.returncode}"}
    if "failed" in result:
        print(done.stderr, file=sys.stderr)
    return result


def text(runs):
    """What a cell shows of its runs: a failure, or medians."""
    for result in runs:
        if "failed" in result:
            return f"FAILED {result['failed'][:60]}"
    if not runs:
        return ""
    said = f"{runs[0]['pair']} {middle(runs, 'connected'):.2f} s"
    return f"{said}, silent {middle(runs, 'silence'):.2f} s" if "silence" in runs[0] else said


def middle(runs, member):
    return statistics.median(result[member] for result in runs)


def details(result):
    said = f"; 8 MiB each way in {result['transferred']:.1f} s" if "transferred" in result else ""
    return said + (f", restarted {result['restarted']}" if "restarted" in result else "")


def spread(runs):
    """Minimum, median, 95th percentile and maximum of what several runs have measured."""
    lines = []
    for member in ("connected", "transferred", "silence", "silence back"):
        if values := sorted(result[member] for result in runs if member in result):
            late = values[math.ceil(0.95 * len(values)) - 1]
            lines.append(f"  {member}: min {values[0]:.3f} s, median {statistics.median(values):.3f} s, "
                         f"p95 {late:.3f} s, max {values[-1]:.3f} s, {len(values)} runs")
    return "\n".join(lines)


def table(results):
    """Rows of texts: topologies down, pairs of peers across."""
    pairs = [pair for pair in topologies.PAIRS if any(pair == key[1] for key in results)]
    rows = [["topology", *("-".join(pair.split()) for pair in pairs)]]
    for name in dict.fromkeys(key[0] for key in results):
        rows.append([name, *(text(results.get((name, pair), [])) for pair in pairs)])
    return rows


def aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:], ""])


def main():
    options = arguments()
    lab.usable_or_exit()
    with tempfile.TemporaryDirectory(prefix="sluice-netlab-") as work:
        programs = find_programs(options, work)
        order = {"programs": programs, "cable": options.cable}
        if options.soak:
            sys.exit(subprocess.run(command("soak.py", {**order, "seconds": options.soak})).returncode)
        if options.quick:
            print("a part of the matrix; `make netlab` runs all of it")
        results = {(topology.name, pair): repeated(topology, pair, order, options.repeat)
                   for topology, pair in chosen(options, programs)}
    if not results:
        sys.exit("no such cell")
    rows = table(results)
    print("\n" + aligned(rows))
    if options.markdown:
        pathlib.Path(options.markdown).write_text(markdown(rows))
    failed = sum(any("failed" in result for result in runs) for runs in results.values())
    print(f"\n{len(results) - failed} of {len(results)} cells as expected")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    os.environ["PATH"] = lab.search_path()
    main()
