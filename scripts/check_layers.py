#!/usr/bin/env python3
"""Checks the dependency rule of docs/architecture.md: which folder may include what, and what sans-IO code may not do.

usage: check_layers.py <repository root>
Prints one line per violation; exits 1 if there is any. Runs as the ctest 'architecture.layers'.
"""
import pathlib
import re
import sys
from typing import Iterator, NamedTuple

MAX_LINES = 500


class Layer(NamedTuple):
    may_include: str  # other layers
    third_party: tuple = ()  # in headers and sources
    third_party_cpp: tuple = ()  # in sources only
    sans_io: bool = True


ASIO = ("boost/asio/", "boost/system/")
LAYERS = {
    "base": Layer("", ("boost/system/",)),
    "crypto": Layer("base", (), ("openssl/",)),
    "stun": Layer("base crypto"),
    "ice": Layer("base crypto stun"),
    "dtls": Layer("base crypto", (), ("openssl/",)),
    "sctp": Layer("base", (), ("usrsctp.h",)),
    "dcep": Layer("base"),
    "sdp": Layer("base"),
    "peer": Layer("base crypto stun ice dtls sctp dcep sdp"),
    "net": Layer("base", ASIO, ("openssl/",), sans_io=False),
    "api": Layer("base crypto stun ice dtls sctp dcep sdp peer net sluice", ASIO, ("nlohmann/",), sans_io=False),
    "c": Layer("sluice", ASIO, sans_io=False),  # the C API, on the public C++ API alone
    "sluice": Layer("", ASIO, sans_io=False),
}
# The two process-wide things below the line: usrsctp, and the sink of the log.
LOCKS_ALLOWED = {"src/sctp/stack.cpp", "src/sctp/stack.hpp", "src/sctp/association.hpp", "src/sctp/association.cpp", "src/sctp/gate.hpp",
                 "src/base/log.cpp"}
SYSTEM = ("sys/", "net/", "netinet/", "arpa/", "linux/", "netdb.h", "resolv.h", "ifaddrs.h", "unistd.h", "immintrin.h", "nmmintrin.h", "arm_acle.h")
C_HEADERS = ("stdbool.h", "stddef.h", "stdint.h")
# What a C compiler would stumble over; extern "C" stands behind a macro.
CPP_ONLY = re.compile(r"::|\b(auto|class|constexpr|delete|namespace|new|noexcept|nullptr|operator|private|protected|public|"
                      r"template|throw|typename|using|virtual)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)
CLOCK = re.compile(r"_clock::now|\btime\(nullptr\)|random_device|\brand\(\)|this_thread|std::thread")
LOCK = re.compile(r"std::(mutex|atomic|recursive_mutex|shared_mutex|call_once)")


def include_problems(path: pathlib.Path, name: str, text: str) -> Iterator[str]:
    layer = LAYERS[name]
    allowed = layer.third_party + (layer.third_party_cpp if path.suffix == ".cpp" else ())
    allowed = C_HEADERS if path.suffix == ".h" else allowed + SYSTEM
    for header in INCLUDE.findall(text):
        head = header.split("/")[0]
        if head in LAYERS and "/" in header:
            if head != name and head not in layer.may_include.split():
                yield f"{name} may not include {header}"
        elif ("/" in header or header.endswith(".h")) and not header.startswith(allowed):
            yield f"{name} may not include {header}"


def sans_io_problems(relative: str, text: str) -> Iterator[str]:
    code = re.sub(r"//.*", "", text)
    if found := CLOCK.search(code):
        yield f"sans-IO code may not use {found.group(0)}"
    if relative not in LOCKS_ALLOWED and (found := LOCK.search(code)):
        yield f"sans-IO code may not use {found.group(0)}"


def c_problems(text: str) -> Iterator[str]:
    code = re.sub(r"//.*", "", text)
    if found := CPP_ONLY.search(code):
        yield f"a header for C may not use {found.group(0)}"


def problems(root: pathlib.Path) -> Iterator[str]:
    for top in ("src", "include"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".hpp", ".cpp", ".h"):
                continue
            relative = path.relative_to(root).as_posix()
            name = relative.split("/")[1]
            if name not in LAYERS:
                yield f"{relative}: unknown layer '{name}'"
                continue
            text = path.read_text()
            for problem in include_problems(path, name, text):
                yield f"{relative}: {problem}"
            if path.suffix == ".h":
                for problem in c_problems(text):
                    yield f"{relative}: {problem}"
            if LAYERS[name].sans_io:
                for problem in sans_io_problems(relative, text):
                    yield f"{relative}: {problem}"
            if (lines := text.count("\n")) > MAX_LINES:
                yield f"{relative}: {lines} lines; split it (limit {MAX_LINES})"


if __name__ == "__main__":
    found = list(problems(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "every include keeps the dependency rule")
    sys.exit(1 if found else 0)
