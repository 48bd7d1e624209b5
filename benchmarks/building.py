"""hessmath's own contenders for derivation and compilation, with a disk cache of their own."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sympy.core.cache import clear_cache

from benchmarks.cases import Entry
from benchmarks.timing import stopwatch


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """The folder that holds this run's caches, removed when this process ends."""
    return tempfile.TemporaryDirectory(prefix="hessmath-benchmarks-")


def use_new_cache() -> None:
    """Give hessmath an empty cache folder; what was compiled before stays in memory only."""
    os.environ["HESSMATH_CACHE_DIR"] = tempfile.mkdtemp(dir=_folder().name)


def cold(make: Callable[[], Any]) -> Entry:
    """Derivation and compilation with nothing on disk and nothing in SymPy's cache."""

    def forget() -> None:
        use_new_cache()
        clear_cache()

    forget()
    return Entry(make(), stopwatch(make, forget))


def warm(make: Callable[[], Any]) -> Entry:
    """The same with the machine code on disk; SymPy's cache is empty all the same."""
    use_new_cache()
    result = make()
    folder = os.environ["HESSMATH_CACHE_DIR"]

    def forget() -> None:
        os.environ["HESSMATH_CACHE_DIR"] = folder
        clear_cache()

    assert any(Path(folder).iterdir()), "hessmath has written nothing to its cache"
    return Entry(result, stopwatch(make, forget))
