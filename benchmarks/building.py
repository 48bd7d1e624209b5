"""hessmath's own contenders for derivation and compilation, with a disk cache of their own."""

from __future__ import annotations

import functools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sympy.core.cache import clear_cache

from benchmarks.cases import Entry, NotAvailable, describe
from benchmarks.timing import TooLong, patience, stopwatch


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hessmath-benchmarks-")


def use_new_cache() -> None:
    """Give hessmath an empty cache folder; what was compiled before stays in memory only."""
    os.environ["HESSMATH_CACHE_DIR"] = tempfile.mkdtemp(dir=folder())


def folder() -> str:
    """A folder for this run's caches, removed when the process ends."""
    return _folder().name


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
    filled = os.environ["HESSMATH_CACHE_DIR"]

    def forget() -> None:
        os.environ["HESSMATH_CACHE_DIR"] = filled
        clear_cache()

    assert any(Path(filled).iterdir()), "hessmath has written nothing to its cache"
    return Entry(result, stopwatch(make, forget))


def attempt(make: Callable[[], Any], seconds: int = 5) -> Callable[[], Any]:
    """What ``make`` gives, made now; where it fails, a function that says why each time it is called."""
    try:
        with patience(seconds):
            made = make()
    except (Exception, TooLong) as error:  # whatever it is, it belongs in the table
        reason = describe(error)

        def fail() -> Any:
            raise NotAvailable(reason)

        return fail
    return lambda: made


def settled(kernel: Any) -> Any:
    """The kernel, once no better code for what it has made is being compiled in the background."""
    if hasattr(kernel, "report"):
        while any(not getattr(piece, "settled", True) for piece in kernel.report().pieces):
            time.sleep(0.02)
    return kernel
