#!/usr/bin/env python3
"""Which behaviours of docs/w3c.md have a test, and whether the documents name things that exist.

usage: w3c_coverage.py <repository root> [<shared folder>]

docs/w3c.md has one row per behaviour: | id | what Sluice does | note |. Tests carry the id as a tag, [DC-15]. A note
that begins with "No test:" says why there is none. With a shared folder the ids are also compared with its
spec/behaviours.md. docs/go-webrtc.md names tests as `path`: "name of the test case"; each must exist.
Exits 1 if anything is missing.
"""
import pathlib
import re
import sys

ID = r"(?:CF|OP|OA|AN|SD|NN|IC|ST|DC|RI|PN|CE)-(?:\d+|[A-F])"
ROW = re.compile(rf"^\| ({ID}) \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)
TAG = re.compile(rf"\[({ID})\]")
NAMED_TEST = re.compile(r'`(tests/[\w./-]+)`: "([^"]+)"')
TESTS = ("*.cpp", "*.hpp", "*.c", "*.py", "*.js")


def order(behaviour):
    family, _, number = behaviour.partition("-")
    return family, (0, int(number)) if number.isdigit() else (1, ord(number))


def tags(root):
    """Each id with the number of its tags."""
    found = {}
    for pattern in TESTS:
        for path in sorted((root / "tests").rglob(pattern)):
            for behaviour in TAG.findall(path.read_text(errors="replace")):
                found[behaviour] = found.get(behaviour, 0) + 1
    return found


def misnamed_tests(root, document):
    for path, name in NAMED_TEST.findall(document.read_text()):
        file = root / path
        # A long name may be split over lines: "one " "two".
        text = re.sub(r'"\s*\n\s*"', "", file.read_text()) if file.is_file() else ""
        if f'"{name}"' not in text and f"def {name}(" not in text:
            yield f"{document.name} names a test that does not exist: {path}: {name}"


def problems(root, shared):
    document = root / "docs" / "w3c.md"
    rows = {behaviour: note.strip() for behaviour, _, note in ROW.findall(document.read_text())}
    tested = tags(root)
    untestable = {behaviour for behaviour, note in rows.items() if note.startswith("No test:")}
    found = [f"{behaviour} has no test" for behaviour in sorted(rows.keys() - tested.keys() - untestable, key=order)]
    found += [f"{behaviour} is said to have no test, but has one" for behaviour in sorted(untestable & tested.keys())]
    found += [f"{behaviour} is tested, but not in docs/w3c.md" for behaviour in sorted(tested.keys() - rows.keys())]
    specification = shared / "spec" / "behaviours.md" if shared else None
    if specification and specification.is_file():
        known = set(re.findall(rf"\b{ID}\b", specification.read_text()))
        found += [f"{behaviour} is missing in docs/w3c.md" for behaviour in sorted(known - rows.keys(), key=order)]
        found += [f"{behaviour} of docs/w3c.md is unknown" for behaviour in sorted(rows.keys() - known, key=order)]
    for name in ("w3c.md", "go-webrtc.md"):
        if (root / "docs" / name).is_file():
            found += misnamed_tests(root, root / "docs" / name)
    covered = rows.keys() & tested.keys()
    print(f"{len(rows)} behaviours: {len(covered)} tested, {len(untestable)} explained; "
          f"{sum(tested[behaviour] for behaviour in covered)} tags")
    return found


found = problems(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None)
print("\n".join(found))
sys.exit(bool(found))
