#!/usr/bin/env python3
"""Counts the instructions that one delivered message takes, and compares them with a bound.

usage: instructions.py <guard_deliver> <bound, in thousands>
Runs the program under callgrind with few and with many messages: the difference leaves the set-up out. Exits with 77,
"skipped", without valgrind.
"""
import re
import shutil
import subprocess
import sys

FEW, MANY = 8, 40


def instructions(program: str, messages: int) -> int:
    result = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, str(messages)],
                            capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{program} {messages} failed:\n{result.stderr[-2000:]}")
    return int(re.search(r"Collected : (\d+)", result.stderr)[1])


def main() -> None:
    program, bound = sys.argv[1], float(sys.argv[2])
    if shutil.which("valgrind") is None:
        print("valgrind is not installed")
        sys.exit(77)
    each = (instructions(program, MANY) - instructions(program, FEW)) / (MANY - FEW) / 1000
    print(f"{each:.0f} thousand instructions per message of 64 KiB, at most {bound:.0f}")
    sys.exit(each > bound)


if __name__ == "__main__":
    main()
