"""Files that are either whole or not there: written under another name and renamed."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file next to ``path``, then rename it; a kill in between leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, data: object) -> None:
    """Write plain data; nan and infinity are refused, because JSON has none.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(path, lambda temporary: temporary.write_text(text + "\n", encoding="utf-8"))


def read_json(path: Path) -> Any:
    """The data of a file.

    Raises
    ------
    InputError
        If it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} cannot be read as JSON ({error}): delete it to start again.") from None


def _say_nothing(fraction: float, text: str) -> None:
    pass


@dataclass(frozen=True)
class Notebook:
    """What a measurement may keep while it goes on, so that it can be resumed, and how it tells how far it is.

    Examples
    --------
    >>> notebook = Notebook()  # no file: nothing is kept
    >>> notebook.save(x=[1.0, 2.0])
    >>> notebook.load() is None
    True
    """

    path: Path | None = None
    tell: Callable[[float, str], None] = field(default=_say_nothing)

    def save(self, **arrays: ArrayLike) -> None:
        """Keep these arrays in place of the ones before; atomic."""
        if self.path is None:
            return
        given = {name: np.asarray(array) for name, array in arrays.items()}

        def write(temporary: Path) -> None:
            with temporary.open("wb") as file:
                np.savez(file, **given)  # type: ignore[arg-type]

        write_atomically(self.path, write)

    def load(self) -> dict[str, NDArray[Any]] | None:
        """The arrays that were kept last, or None.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        if self.path is None or not self.path.exists():
            return None
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except (ValueError, TypeError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise InputError(f"The checkpoint {self.path} is damaged ({error}): delete it to start again.") from None

    def discard(self) -> None:
        """Forget what was kept."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
