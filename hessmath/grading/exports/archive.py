"""Zip files whose bytes depend on their content only, with executable scripts and the assignment that they grade."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from hessmath.errors import InputError
from hessmath.grading.results import write_bytes

LONGEST_OUTPUT = 20_000


def write_zip(path: Path, files: Mapping[str, str | bytes]) -> None:
    """Write the files in order; ``.sh`` files and ``run_autograder`` are executable."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if name.endswith((".sh", "run_autograder")) else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    write_bytes(path, content.getvalue())


def wheel_files(wheel: Path | None, folder: str = "") -> dict[str, bytes]:
    """The wheel to pack, by its name; nothing when the package index is to be used.

    Raises
    ------
    InputError
        If the file is no wheel.
    """
    if wheel is None:
        return {}
    if wheel.suffix != ".whl" or not zipfile.is_zipfile(wheel):
        raise InputError(f"{wheel} is not a wheel; make one with `python -m build --wheel`.")
    return {folder + wheel.name: wheel.read_bytes()}


def shortened(text: str) -> str:
    """A text of bounded length; what was left out is said."""
    return text if len(text) <= LONGEST_OUTPUT else text[:LONGEST_OUTPUT] + f" … ({len(text)} characters)"
