"""Machine code against the slow float64 reference and against balls, primitive by primitive and for random tapes."""

import ctypes
import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.kernels import accuracy, error_bound
from hessmath.kernels.emission import Inputs, emit
from hessmath.kernels.machine import build, symbol_addresses
from hessmath.program import PRIMITIVES, NamedConstant, TapeBuilder, primitive
from hessmath.program.arithmetic import float64

COMPUTED = [row.name for row in PRIMITIVES if row.arity > 0]
EXACT = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "sqrt",
    "abs",
    "sign",
    "heaviside",
    "min",
    "max",
    "select",
    "lt",
    "le",
    "eq",
]
NASTY = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 1e-300, -1e300, 5e-324, 710.0, -745.0, math.inf, -math.inf, math.nan]
ZETA = list(itertools.product([2.0, 3.0, 4.5, 17.0], [1e-9, 0.25, 1.0, 7.5, 30.0, 1e5]))  # (s, a) with s > 1, a > 0
ORDINARY = [0.3, -0.7, 1.5, 0.999, 3.25, -2.125, 20.0, 1e-9]
# NumPy takes a square root for (−∞)^½ where C says ∞; SciPy says ∞ for log Γ(5e-324), which is 744.4; they differ
# at the limit −∞ of log |Γ|, which does not exist.
REFERENCE_IS_OTHER = {"pow": [(-math.inf, 0.5)], "loggamma": [(5e-324,), (-math.inf,)]}


def compiled(tape, *, returns_first=False, chunk=500):
    """A function of the inputs in machine code that gives all outputs; the library is kept in its default argument."""
    emitted = emit(tape, Inputs(len(tape.names)), returns_first=returns_first, chunk=chunk)
    library = build(emitted.parts, ["kernel"], symbol_addresses(emitted.symbols))
    code = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)(library.addresses["kernel"])

    def run(values, library=library):
        x, out = np.array(values, dtype=np.float64), np.full(len(tape.outputs) - returns_first, 7.0)
        value = code(x.ctypes.data, None, None, out.ctypes.data)
        return [value, *out] if returns_first else list(out)

    return run


def tape_of(name):
    row = primitive(name)
    builder = TapeBuilder([f"x{i}" for i in range(row.arity)])
    return builder.build([builder.emit(name, *range(row.arity))])


@pytest.fixture(scope="module", params=COMPUTED)
def one_primitive(request):
    tape = tape_of(request.param)
    return request.param, tape, compiled(tape)


def test_a_primitive_agrees_with_the_reference_on_nasty_points(one_primitive):
    name, tape, run = one_primitive
    points = ZETA if name == "zeta" else list(itertools.product(NASTY, repeat=len(tape.names)))[:1500]
    for point in points:
        (value,) = run(point)
        (expected,) = float64.run(tape, point)
        if name in EXACT:
            np.testing.assert_array_equal(value, expected, err_msg=str(point))
            assert math.isnan(value) or np.signbit(value) == np.signbit(expected), point  # also of a zero
        elif point not in REFERENCE_IS_OTHER.get(name, ()):
            np.testing.assert_allclose(value, expected, rtol=4e-15, atol=1e-307, err_msg=str(point))


def test_a_primitive_is_within_4_ulp_of_its_ball(one_primitive):
    name, tape, run = one_primitive
    points = itertools.product(ORDINARY, repeat=len(tape.names)) if name != "zeta" else ZETA
    for point in points:
        (error,) = error_bound.errors(tape, list(point), run(point))
        assert error is None or error <= accuracy.BOUND, (point, error)


@st.composite
def tapes(draw, names=EXACT, max_length=40):
    builder = TapeBuilder(["x", "y", "z"])
    slots = [
        0,
        1,
        2,
        builder.constant(draw(st.fractions(-5, 5, max_denominator=9))),
        builder.constant(NamedConstant.PI),
    ]
    for _ in range(draw(st.integers(1, max_length))):
        row = primitive(draw(st.sampled_from(names)))
        slots.append(builder.emit(row.name, *(draw(st.sampled_from(slots)) for _ in range(row.arity))))
    return builder.build(draw(st.lists(st.sampled_from(slots), min_size=1, max_size=6)), None)


finite = st.floats(-1e6, 1e6, allow_nan=False)


@settings(deadline=None, max_examples=40)
@given(tapes(), st.lists(st.tuples(finite, finite, finite), min_size=1, max_size=4), st.integers(1, 9), st.booleans())
def test_ieee_tapes_agree_bit_for_bit_with_the_reference_in_chunks_of_any_length(tape, points, chunk, returns_first):
    run = compiled(tape, chunk=chunk, returns_first=returns_first)
    for point in points:
        np.testing.assert_array_equal(run(point), float64.run(tape, point))


@settings(deadline=None, max_examples=25)
@given(
    tapes(["add", "sub", "mul", "div", "neg", "sqrt", "exp", "log", "sin", "tanh", "pow", "sigmoid", "softplus"], 25),
    st.tuples(*[st.floats(-4, 4)] * 3),
)
def test_a_kernel_is_within_4_units_of_the_running_error_bound(tape, point):
    computed = compiled(tape)(point)
    for error in error_bound.errors(tape, list(point), computed):
        assert error is None or error <= accuracy.BOUND


def long_tape(length):
    """x ↦ a chain of `length` different instructions that stays bounded."""
    builder = TapeBuilder(["x", "y"])
    older, newer = 0, 1
    half = builder.constant(NamedConstant.PI)
    while len(builder) < length:
        older, newer = newer, builder.emit("sin", builder.emit("add", builder.emit("mul", older, half), newer))
    return builder.build([older, newer, 2])


def test_a_long_tape_agrees_with_the_reference():
    tape = long_tape(12_000)
    emitted = emit(tape, Inputs(2), returns_first=True)
    assert (emitted.instructions, emitted.chunks) == (len(tape) - 3, 24)
    point = [0.25, -0.5]
    # the iteration is chaotic: compare the first steps only through a short tape, the whole with the same sin
    short = long_tape(120)
    np.testing.assert_allclose(compiled(short)(point), float64.run(short, point), rtol=1e-9)
    value = compiled(tape, returns_first=True)(point)
    older, newer = point
    for _ in range(emitted.instructions // 3):
        older, newer = newer, math.sin(older * math.pi + newer)
    assert value == [older, newer, math.pi]


def test_compile_time_grows_linearly_with_the_length():
    def seconds(length):
        text = emit(long_tape(length), Inputs(2), returns_first=False)
        start = time.perf_counter()
        build(text.parts, ["kernel"], symbol_addresses(text.symbols))
        return time.perf_counter() - start

    seconds(3_100)
    small, large = min(seconds(3_000 + 3 * i) for i in range(2)), seconds(24_000)
    assert large < 24 * small  # 8 times the length; in one function it takes about 80 times as long


def test_values_that_cross_many_pieces_go_through_the_heap():
    builder = TapeBuilder(["x"])
    squares = [0]
    for _ in range(9_000):
        squares.append(builder.emit("add", squares[-1], 0))
    total = squares[0]
    for square in squares[1:]:
        total = builder.emit("add", total, square)
    tape = builder.build([total])
    emitted = emit(tape, Inputs(1), returns_first=True)
    assert "@malloc" in emitted.text
    assert compiled(tape, returns_first=True)([1.0]) == [9001 * 9002 / 2]


def test_many_outputs_are_written_in_pieces_and_zeros_at_once():
    builder = TapeBuilder(["x", "y"])
    zero, third = builder.constant(0), builder.constant(3)
    outputs = [zero] * 3000 + [0, 1, third] * 700 + [builder.emit("mul", 0, 1)] * 2
    tape = builder.build(outputs)
    emitted = emit(tape, Inputs(2), returns_first=False)
    assert "memset" in emitted.text
    assert emitted.chunks == 5
    assert compiled(tape)([2.0, 5.0]) == [0.0] * 3000 + [2.0, 5.0, 3.0] * 700 + [10.0] * 2


def test_inputs_are_variables_then_parameters_then_directions():
    inputs = Inputs(2, 1, 2)
    assert [inputs.place(i) for i in range(inputs.total)] == [("x", 0), ("x", 1), ("p", 0), ("v", 0), ("v", 1)]


def test_a_tape_with_other_inputs_is_refused():
    with pytest.raises(InputError, match="The tape has 2 inputs, but the kernel would supply 3"):
        emit(tape_of("add"), Inputs(3), returns_first=False)


def test_a_function_that_the_machine_lacks_is_named():
    with pytest.raises(InputError, match="The C library of this machine has no function besselq"):
        symbol_addresses(["besselq"])
    with pytest.raises(InputError, match=r"scipy.special.cython_special has no function nonsense of real numbers"):
        symbol_addresses(["scipy_nonsense"])


def test_an_unknown_emission_is_named(monkeypatch):
    from dataclasses import replace

    from hessmath.kernels import emission

    rows = tuple(replace(row, emission="gpu:tanh") if row.name == "tanh" else row for row in PRIMITIVES)
    monkeypatch.setattr(emission, "PRIMITIVES", rows)
    with pytest.raises(InputError, match='asks for the emission "gpu:tanh" of tanh; kernels knows no gpu'):
        emit(tape_of("tanh"), Inputs(1), returns_first=False)


def test_huge_constants_become_infinite():
    builder = TapeBuilder(["x"])
    tape = builder.build([builder.constant(10**400), builder.constant(-(10**400)), builder.constant(NamedConstant.E)])
    assert compiled(tape)([0.0]) == [math.inf, -math.inf, math.e]
