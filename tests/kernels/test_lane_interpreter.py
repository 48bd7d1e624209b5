"""The interpreter across lanes: the same bits as compiled loops, at any length, and the choice between the two."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.kernels import Automatic, Interpreter, Optimised, Quick, compile_tapes, interpreter
from hessmath.kernels.lane_instructions import LaneInstructions
from hessmath.kernels.lanes import Lanes
from hessmath.program import PRIMITIVES, TapeBuilder, lower

X = sympy.symbols("x0:5", real=True)
a, b = sympy.symbols("a b", real=True)
FORMULAS = {
    "rosenbrock": sum(100 * (X[i + 1] - X[i] ** 2) ** 2 + (1 - X[i]) ** 2 for i in range(4)),
    "functions in lanes": sympy.exp(-(X[0] ** 2)) * sympy.sin(X[1])
    + sympy.tanh(X[2])
    + sympy.log(1 + X[3] ** 2) * X[4],
    "functions of libraries": sympy.atan2(X[0], X[1]) + sympy.loggamma(2 + X[2] ** 2) + sympy.erf(X[3] * X[4]),
    "kinks": sympy.Piecewise((X[0] ** 2, X[0] > X[1]), (X[1], True))
    + sympy.Max(*X)
    + abs(X[2])
    + sympy.Mod(X[3], X[4]),
    "linear": 3 * X[0] - X[4],
}
NASTY = [0.0, -0.0, 1e-310, 1e300, -1e300, 1e12, np.inf, -np.inf, np.nan]


def rows_of(rng, m, n):
    return np.where(rng.random((m, n)) < 0.1, rng.choice(NASTY, (m, n)), rng.standard_normal((m, n)))


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("m", [1, 15, 16, 17, 203])
def test_the_same_bits_as_compiled_loops(name, m, rng):
    tape = lower(FORMULAS[name], X)
    one, other = (compile_tapes(tape, tier=tier).batch for tier in (Interpreter(), Optimised()))
    rows, directions = rows_of(rng, m, 5), rng.standard_normal((m, 5))
    for kind in ("f", "gradient", "hessian"):
        np.testing.assert_array_equal(getattr(one, kind)(rows), getattr(other, kind)(rows))
    np.testing.assert_array_equal(one.hvp(rows, directions), other.hvp(rows, directions))
    for ours, theirs in zip(one.value_and_gradient(rows), other.value_and_gradient(rows), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert one.piece("hessian").tier == "interpreter"
    assert other.piece("hessian").tier == "optimised"


def test_parameters_maps_and_threads(rng):
    rows = rng.standard_normal((50_000, 2))
    tape = lower([a * X[0] * X[1], sympy.Integer(7), X[1], b + X[0]], [*X[:2], a, b])
    one, other = (compile_tapes(tape, parameters=["a", "b"], tier=tier).batch for tier in (Interpreter(), Quick()))
    given = {"a": 2.5, "b": -1.0}
    for kind in ("f", "jacobian"):
        expected = getattr(other, kind)(rows, parameters=given)
        np.testing.assert_array_equal(getattr(one, kind)(rows, parameters=given), expected)
        np.testing.assert_array_equal(getattr(one.with_threads(2), kind)(rows, parameters=given), expected)


LIBRARY = [code for code, arity in enumerate(interpreter.ARITY) if arity]


@pytest.mark.parametrize("code", LIBRARY, ids=lambda code: PRIMITIVES[code].name)
def test_every_operation_runs_and_finds_its_functions(code, rng):
    row = PRIMITIVES[code]
    writer = LaneInstructions(Lanes(4))
    writer.instruction(row.name, row.emission, "%r", ["%a", "%b", "%c"][: row.arity])
    assert set(writer.symbols) - {"fma"} <= set(interpreter.outside(code))
    builder = TapeBuilder(["x", "y", "z"][: row.arity])
    tape = builder.build([builder.emit(row.name, *range(row.arity))])
    one, other = (compile_tapes(tape, tier=tier).batch for tier in (Interpreter(), Quick()))
    rows = rows_of(rng, 70, row.arity)
    np.testing.assert_array_equal(one.f(rows), other.f(rows))


def long_tape(length):
    builder = TapeBuilder(["x", "y"])
    slots = [0, 1]
    for k in range(length):
        slots.append(builder.emit(("sub", "mul", "add")[k % 3], slots[-1], slots[-1 - k % 2]))
    return builder.build([slots[-1]])


def test_long_programs_are_interpreted_at_once_and_compiled_meanwhile(rng):
    kernel = compile_tapes(long_tape(1_500))
    rows = rng.uniform(-0.5, 0.5, (40, 2))
    served = kernel.batch.served("f")
    first = served.code
    values = kernel.batch.f(rows)
    assert served.settled.wait(60)
    assert (first.tier, served.code.tier) == ("interpreter", "optimised")
    np.testing.assert_array_equal(kernel.batch.f(rows), values)
    assert kernel.report()["batch f"].tier == "optimised"
    again = compile_tapes(long_tape(1_500)).batch.served("f")  # now on disk
    assert again.settled.is_set()
    assert again.code.tier == "optimised"


def test_very_long_programs_stay_interpreted(rng):
    kernel = compile_tapes(long_tape(1_500), tier=Automatic(batch_compiled_up_to=100, batch_improved_up_to=1_000))
    served = kernel.batch.served("f")
    assert served.settled.is_set()
    assert served.code.tier == "interpreter"
    rows = rng.uniform(-0.5, 0.5, (40, 2))
    np.testing.assert_array_equal(kernel.batch.f(rows), [kernel.f(x) for x in rows])
    assert "batch f: interpreter" in str(kernel.report())


@given(data=st.data())
@settings(max_examples=25)
def test_random_programs_agree_with_single_points(data):
    builder = TapeBuilder(["x", "y"])
    slots = [0, 1, builder.constant(3)]
    for _ in range(data.draw(st.integers(1, 40))):
        operation = data.draw(st.sampled_from(["add", "sub", "mul", "div", "abs", "min", "max"]))
        arity = 1 if operation == "abs" else 2
        slots.append(builder.emit(operation, *(data.draw(st.sampled_from(slots)) for _ in range(arity))))
    outputs = data.draw(st.lists(st.sampled_from(slots), min_size=1, max_size=6))
    kernel = compile_tapes(builder.build(outputs, (len(outputs),)), tier=Interpreter())
    rows = np.array(data.draw(st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=20)))
    np.testing.assert_array_equal(kernel.batch.f(rows), [kernel.f(x) for x in rows])
