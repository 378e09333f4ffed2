#!/usr/bin/env python3
"""Writes what sluice-bench has measured into docs/performance.md, and draws its plots.

usage: report.py <docs folder> [--results FILE] [--matrix FILE] [--profile FILE] [--soak FILE]
Replaces the parts of performance.md between <!-- begin NAME --> and <!-- end NAME --> whose figures are given, and
leaves the rest as it is. Plots need gnuplot (Debian: gnuplot-nox).
"""
import argparse
import json
import pathlib
import re
import subprocess

UNITS = {
    "megabytes_per_second": "MB/s", "megabits_per_second": "Mbit/s", "cpu_seconds_per_gigabyte": "CPU s/GB",
    "messages_per_second": "messages/s", "cpu_microseconds_per_message": "CPU µs/message", "p50_us": "p50, µs",
    "p99_us": "p99, µs", "p50_ms": "p50, ms", "p99_ms": "p99, ms", "connections_per_second": "connections/s",
    "cpu_ms_per_connection": "CPU ms/connection", "kib_per_endpoint": "KiB RSS/endpoint", "threads": "threads",
    "idle_cpu_us_per_endpoint_second": "CPU µs/s/endpoint", "longest_stall_ms": "longest stall, ms",
    "round_trips": "round trips", "offering_rss_slope": "RSS slope of the offering process, MiB/10 min",
    "answering_rss_slope": "RSS slope of the answering process, MiB/10 min",
    "descriptors_left": "descriptors left in both", "faults": "faults", "connections": "connections made",
    "open_max_ms": "new to open, longest, ms", "open_p50_ms": "new to open, p50, ms",
    "libdatachannel_megabits_per_second": "libdatachannel, Mbit/s",
    "libdatachannel_longest_stall_ms": "libdatachannel, longest stall, ms",
    "times_libdatachannel": "times libdatachannel",
}
LOSSES = (0, 0.001, 0.01, 0.03)
PATH_PLOTS = """
![goodput at 100 Mbit/s](performance/goodput-100.svg)
![goodput at 1000 Mbit/s](performance/goodput-1000.svg)
![longest time without a message at 100 Mbit/s](performance/stall-100.svg)
![longest time without a message at 1000 Mbit/s](performance/stall-1000.svg)
"""


def number(value: float) -> str:
    if value >= 10000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def goal_text(case: dict, figure: str) -> str:
    for goal in case["goals"]:
        if goal["figure"] == figure:
            sign = "≥" if goal["at_least"] else "≤"
            return f"{sign} {number(goal['goal'])} | {'reached' if goal['reached'] else '**not reached**'}"
    return " | "


def machine(results: dict) -> str:
    what = results["machine"]
    counts = sorted({len(case["runs"]) for case in results["cases"]})
    runs = " to ".join(str(count) for count in counts[:1] + counts[1:][-1:])
    return (f"{what['processor']}, {what['cores']} cores, {what['system']}, GCC {what['compiler']}, {what['openssl']}; "
            f"medians of {runs} runs, lowest and highest in brackets.\n")


def table(results: dict) -> str:
    lines = ["| case | figure | median (spread) | floor | ratio | goal | |", "|---|---|---|---|---|---|---|"]
    for case in results["cases"]:
        for name in case["shown"]:
            figure = case["figures"][name]
            floor = f"{number(figure['floor'])} | {figure['ratio']:.2f}" if "ratio" in figure else " | "
            spread = f"{number(figure['median'])} ({number(figure['lowest'])}..{number(figure['highest'])})"
            lines.append(f"| {case['group']}: {case['name']} | {UNITS.get(name, name)} | {spread} | {floor} "
                         f"| {goal_text(case, name)} |")
    return "\n".join(lines) + "\n"


def soak_text(soak: dict) -> str:
    times = ", then ".join(f"{case['parameters']['seconds']:.0f} s of {case['name']}" for case in soak["cases"])
    lines = [f"{times}.\n", "| case | figure | measured | goal | |", "|---|---|---|---|---|"]
    lines += [f"| {case['name']} | {UNITS[name]} | {number(case['figures'][name]['median'])} | {goal_text(case, name)} |"
              for case in soak["cases"] for name in case["shown"]]
    return "\n".join(lines) + "\n"


def cell(matrix: dict, rate: int, round_trip: int, loss: float, figure: str) -> float:
    for case in matrix["cases"]:
        path = case["parameters"].get("path")
        if path and (path["rate"], path["round_trip"], path["loss"]) == (rate, round_trip, loss):
            return case["figures"][figure]["median"]
    return float("nan")


def axes(matrix: dict) -> tuple:
    paths = [case["parameters"]["path"] for case in matrix["cases"] if "path" in case["parameters"]]
    return sorted({p["rate"] for p in paths}), sorted({p["round_trip"] for p in paths})


def matrix_tables(matrix: dict) -> str:
    text = ""
    rates, round_trips = axes(matrix)
    for rate in rates:
        text += f"\n{rate // 1_000_000} Mbit/s: goodput in Mbit/s (longest time without a message, in ms)\n\n"
        text += "| round trip | " + " | ".join(f"{loss:.1%} loss" for loss in LOSSES) + " |\n"
        text += "|---|" + "---|" * len(LOSSES) + "\n"
        for round_trip in round_trips:
            cells = [f"{number(cell(matrix, rate, round_trip, loss, 'megabits_per_second'))} "
                     f"({number(cell(matrix, rate, round_trip, loss, 'longest_stall_ms'))})" for loss in LOSSES]
            text += f"| {round_trip} ms | " + " | ".join(cells) + " |\n"
    return text


def gnuplot(script: str) -> None:
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def start(output: pathlib.Path, size: str = "720,400") -> str:
    return (f"set terminal svg size {size} font 'sans,12' background 'white'\nset output '{output}'\n"
            "set grid\nset key outside right\n")


def plot_sizes(results: dict, folder: pathlib.Path) -> None:
    rows = {}
    for case in results["cases"]:
        sizes = {"size", "window"}
        if case["group"] in ("throughput", "messages") and set(case["parameters"]) == sizes and "floor_runs" in case:
            figure = case["figures"]["megabytes_per_second"]
            if "floor" in figure:
                rows[case["parameters"]["size"]] = (figure["median"], figure["floor"])
    if not rows:
        return
    data = "\n".join(f"{size} {ours} {floor}" for size, (ours, floor) in sorted(rows.items()))
    gnuplot(start(folder / "throughput.svg") + "set logscale x 2\nset xlabel 'message size in bytes'\n"
            "set ylabel 'MB/s between two processes'\nset yrange [0:*]\n"
            f"$data << EOD\n{data}\nEOD\n"
            "plot $data using 1:3 with linespoints title 'floor', $data using 1:2 with linespoints title 'Sluice'\n")


def plot_paths(matrix: dict, folder: pathlib.Path) -> None:
    rates, round_trips = axes(matrix)
    for figure, name, label in (("megabits_per_second", "goodput", "goodput in Mbit/s"),
                                ("longest_stall_ms", "stall", "longest time without a message in ms")):
        for rate in rates:
            data = "\n".join(f"{trip} " + " ".join(str(cell(matrix, rate, trip, loss, figure)) for loss in LOSSES)
                             for trip in round_trips)
            lines = ", ".join(f"$data using 1:{i + 2} with linespoints title '{loss:.1%} loss'"
                              for i, loss in enumerate(LOSSES))
            megabits = rate // 1_000_000
            gnuplot(start(folder / f"{name}-{megabits}.svg") + f"set title '{megabits} Mbit/s'\nset logscale xy\n"
                    f"set xlabel 'round trip in ms'\nset ylabel '{label}'\nset xtics (1, 20, 50, 100, 200)\n"
                    f"$data << EOD\n{data}\nEOD\nplot {lines}\n")


def plot_layers(profile: dict, folder: pathlib.Path) -> None:
    layers = [(name, share) for name, share in profile["layers"].items() if share >= 0.005]
    data = "\n".join(f'"{name}" {share * 100:.2f}' for name, share in reversed(layers))
    gnuplot(start(folder / "layers.svg", "720,480") + "unset key\nset style fill solid 0.8\nset xlabel '% of the CPU'\n"
            "set yrange [-0.6:*]\n"
            f"$data << EOD\n{data}\nEOD\n"
            "plot $data using ($2*0.5):0:($2*0.5):(0.35):ytic(1) with boxxyerror\n")


def layer_table(profile: dict) -> str:
    lines = ["| layer | share of the CPU |", "|---|---|"]
    lines += [f"| {name} | {share:.1%} |" for name, share in profile["layers"].items() if share >= 0.002]
    return "\n".join(lines) + f"\n\n{profile['samples']} samples of both processes.\n"


def replace(text: str, name: str, content: str) -> str:
    pattern = re.compile(f"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"performance.md has no part {name}")
    return pattern.sub(lambda match: match[1] + content + match[2], text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=pathlib.Path)
    for name in ("results", "matrix", "profile", "soak"):
        parser.add_argument(f"--{name}", type=pathlib.Path)
    arguments = parser.parse_args()
    page = arguments.docs / "performance.md"
    folder = arguments.docs / "performance"
    folder.mkdir(exist_ok=True)
    text = page.read_text()
    if arguments.results:
        results = json.loads(arguments.results.read_text())
        text = replace(text, "machine", machine(results))
        text = replace(text, "table", table(results))
        plot_sizes(results, folder)
    if arguments.matrix:
        matrix = json.loads(arguments.matrix.read_text())
        text = replace(text, "paths", matrix_tables(matrix) + PATH_PLOTS)
        plot_paths(matrix, folder)
    if arguments.profile:
        profile = json.loads(arguments.profile.read_text())
        text = replace(text, "layers", layer_table(profile))
        plot_layers(profile, folder)
    if arguments.soak:
        text = replace(text, "soak", soak_text(json.loads(arguments.soak.read_text())))
    page.write_text(text)


if __name__ == "__main__":
    main()
