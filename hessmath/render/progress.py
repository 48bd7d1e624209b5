"""Progress bars on standard error that are silent when that is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """A bar over ``total`` things; the context gives a function to call with each finished thing's name."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    with _progress() as progress:
        task = progress.add_task(what, total=total)
        yield lambda name: progress.update(task, advance=1, description=f"{what} {name}")


@contextmanager
def progress_bar(what: str = "") -> Iterator[Callable[[int, int], None]]:
    """A bar for work that tells how much is done: the context gives a function of (done, total).

    It is drawn on standard error, and only if that is a terminal.

    Examples
    --------
    >>> import hessmath as hm
    >>> k = hm.compile("x**2 * y", "x y")
    >>> with hm.progress_bar("gradients") as bar:
    ...     k.batch.with_progress(bar).gradient([[1.0, 2.0], [3.0, 4.0]])
    array([[ 4.,  1.],
           [24.,  9.]])
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with _progress() as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def fraction_bar(what: str) -> Iterator[Callable[[float, str], None]]:
    """A bar for work that tells which part of it is done: the context gives a function of (fraction, text)."""
    if not sys.stderr.isatty():
        yield lambda fraction, text: None
        return
    with _progress(in_parts=False) as progress:
        task = progress.add_task(what, total=1.0)
        yield lambda fraction, text: progress.update(task, completed=fraction, description=f"{what} {text}")


def _progress(in_parts: bool = True) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    done = MofNCompleteColumn() if in_parts else TaskProgressColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), done, TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
