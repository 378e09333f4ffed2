#!/usr/bin/env python3
"""Writes each whole program (a ```cpp or ```c block with a main) of Markdown files to a file of its own.

usage: extract_programs.py <output folder> <file.md>...
Prints the names of the files written, one per line. A file whose content has not changed is left alone.
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"^```(cpp|c)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for document in map(pathlib.Path, sys.argv[2:]):
    programs = [block for block in BLOCK.findall(document.read_text()) if "int main(" in block[1]]
    for number, (language, program) in enumerate(programs, start=1):
        path = folder / f"{document.stem.lower()}_{number}.{language}"
        if not path.exists() or path.read_text() != program:
            path.write_text(program)
        print(path)
