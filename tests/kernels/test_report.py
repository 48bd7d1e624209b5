"""The report says what a kernel consists of."""

import threading

import pytest
import sympy

from hessmath.kernels import Automatic, Interpreter, Optimised, background, compile_tapes
from hessmath.kernels.report import PieceReport, smoothness
from hessmath.program import Cost, lower

x, y = sympy.symbols("x y", real=True)


def test_a_report_lists_what_was_made():
    kernel = compile_tapes(lower(x**2 * y + abs(x), [x, y]), name="g", tier=Optimised())
    assert str(kernel.report()).split("\n")[:2] == ["g of 2 variables", "  nothing has been compiled yet"]
    kernel.f([1, 2])
    kernel.sparse_hessian([1, 2])
    report = kernel.report()
    assert [piece.kind for piece in report.pieces] == ["f", "sparse_hessian"]
    f = report["f"]
    assert (f.tier, f.settled, f.chunks, f.failure) == ("optimised", True, 1, "")
    assert f.operations == kernel.tape("f").cost and f.operations.total == 4
    assert f.seconds > 0 and f.size > 0
    assert report.smoothness == ("abs has a kink where x = 0",)
    assert report.rewrites == ()
    text = str(report)
    assert "  f: optimised; 4 operations (1 adds, 2 muls, 1 tests); " in text
    assert text.endswith("\n  not smooth: abs has a kink where x = 0")
    with pytest.raises(KeyError, match="g has made no hvp yet; made so far: f, sparse_hessian"):
        report["hvp"]


def test_parameters_and_the_interpreter_are_named():
    kernel = compile_tapes(lower(x * y, [x, y]), parameters=["y"], tier=Interpreter())
    kernel.f([1], parameters=[2])
    assert str(kernel.report()).startswith("f of 1 variable, 1 parameter\n  f: interpreter; 1 operations (1 muls); 32 ")


def test_code_that_is_still_to_come_is_said():
    hold = threading.Event()
    background.submit(lambda ask: hold.wait())
    kernel = compile_tapes(lower(sympy.sin(x * 1.234567) * y, [x, y]), tier=Automatic(optimised_up_to=0))
    kernel.f([1, 2])
    assert "f: quick, better code is being compiled; " in str(kernel.report())
    hold.set()
    assert kernel.piece("f").served.settled.wait(60)
    assert "f: optimised; " in str(kernel.report())


def test_chunks_disk_and_failures_are_said():
    piece = PieceReport("f", "quick", True, Cost(adds=700), 2, 0.5, True, 1_500_000, "out of memory")
    expected = "f: quick; 700 operations (700 adds); 1.5 MB in 2 functions; from disk; not improved: out of memory"
    assert str(piece) == expected
    piece = PieceReport("f", "quick", True, Cost(), 1, 0.0125, False, 1_500)
    assert str(piece) == "f: quick; 0 operations; 1.5 kB; made in 12.5 ms"


def test_kinks_are_formulas_or_counted():
    case = sympy.Piecewise((x, x < y), (sympy.sign(x), True))
    assert set(smoothness(lower(case + sympy.Min(x, y**2), [x, y]))) == {
        "sign jumps where x = 0",
        "the case changes where x = y",
        "min has a kink where x = y**2",
    }
    assert smoothness(lower(x * y, [x, y])) == ()
    many = lower(sum(abs(x - k) for k in range(20)) + sympy.Max(x, y), [x, y])
    assert set(smoothness(many)) == {"abs occurs 20 times", "max occurs 1 time"}
