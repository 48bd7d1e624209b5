"""``python -m hessmath.verify.kernel CERT.json…``: one line for each certificate.

``--trust`` lists instead which files every verdict rests on, and how long they are.

Exit code 0 when all are accepted, 1 when some is rejected, 2 when a file cannot be used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hessmath.verify.kernel.checker import check
from hessmath.verify.kernel.trees import Rejected

MAX_BYTES = 50_000_000


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _no_float(text: str) -> Any:
    raise ValueError(f"{text[:40]} is not an exact number")


def read_file(path: str) -> list[Any]:
    """The certificates of a file: one, or a list of them."""
    file = Path(path)
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"the file is larger than {MAX_BYTES} bytes")
    parse = json.JSONDecoder(object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float)
    content = parse.decode(file.read_text(encoding="utf-8"))
    if content == []:
        raise ValueError("the file holds no certificate")
    return content if isinstance(content, list) else [content]


def main(paths: list[str]) -> int:
    """Check every certificate of every file and print a line for each."""
    if paths == ["--trust"]:
        from hessmath.verify.kernel.trust import report

        print(report())
        return 0
    if not paths:
        print("usage: python -m hessmath.verify.kernel CERT.json… | --trust", file=sys.stderr)
        return 2
    code = 0
    for path in paths:
        try:
            certificates = read_file(path)
        except (OSError, ValueError, RecursionError) as reason:
            print(f"cannot use {path}: {str(reason) or 'it is nested too deeply'}", file=sys.stderr)
            code = 2
            continue
        for certificate in certificates:
            try:
                print(f"accepted: {check(certificate)}")
            except Rejected as reason:
                print(f"rejected: {reason}")
                code = max(code, 1)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
