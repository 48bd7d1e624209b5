"""Progress bars: silent without a terminal, drawn on one, and the work is the same."""

import io

import numpy as np
import pytest

import hessmath as hm
from hessmath.render import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_bar_shows_on_terminals_only(stream, monkeypatch):
    written = stream()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setenv("TERM", "xterm")
    k = hm.compile("x**2", "x")
    with hm.progress_bar("squares") as show:
        result = k.batch.with_progress(show).f(np.arange(5.0)[:, None])
    np.testing.assert_array_equal(result, np.arange(5.0) ** 2)
    assert ("squares" in written.getvalue()) == written.isatty()


def test_a_bar_of_things_tells_their_names(monkeypatch):
    written = Terminal()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setenv("TERM", "xterm")
    with progress.bar("checking", total=2) as advance:
        advance("one")
        advance("two")
    assert "checking" in written.getvalue()
