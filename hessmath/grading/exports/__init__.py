"""Grades in the forms of other grading systems: translations of results that decide nothing.

One file for each system; the fields are those of the systems' own documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hessmath.grading.exports import gradescope, otter, prairielearn

PACKAGES: dict[str, Callable[[Path, Path, Path | None], None]] = {
    "gradescope": gradescope.write_package,
    "prairielearn": prairielearn.write_package,
    "otter": otter.write_package,
}
"""What ``hessmath grade package`` can write: (assignment, zip to write, wheel or None)."""

__all__ = ["PACKAGES", "gradescope", "otter", "prairielearn"]
