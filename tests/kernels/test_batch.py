"""Batches: rows against single points, places, tails, pieces, threads, arrays on disk, and every message."""

import ctypes
import gc
import itertools
import threading
import tracemalloc

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError, WrongKind
from hessmath.kernels import Optimised, compile_tapes
from hessmath.kernels import batch as batch_module
from hessmath.kernels.batch_emission import emit_batch
from hessmath.kernels.emission import Inputs, emit
from hessmath.kernels.machine import build, symbol_addresses
from hessmath.kernels.transposition import tiles
from hessmath.program import PRIMITIVES, NamedConstant, TapeBuilder, lower, primitive
from hessmath.program.arithmetic import float64

X = sympy.symbols("x0:6", real=True)
a, b = sympy.symbols("a b", real=True)


def rosenbrock(n):
    return sum(100 * (X[i + 1] - X[i] ** 2) ** 2 + (1 - X[i]) ** 2 for i in range(n - 1))


SCALAR_ARITHMETIC = {
    "rosenbrock": (rosenbrock(4), 4),
    "quotients and roots": (sympy.sqrt(1 + X[0] ** 2) / (2 + X[1] ** 2) + X[0] * X[2], 3),
    "kinks": (
        sympy.Piecewise((X[0] ** 2, X[0] > X[1]), (X[1], True))
        + sympy.Abs(X[2])
        + sympy.Max(*X[:3])
        + sympy.sign(X[0]),
        3,
    ),
    "library functions": (sympy.atan(X[0] * X[1]) + sympy.loggamma(2 + X[1] ** 2) + (1 + X[0] ** 2) ** sympy.pi, 2),
    "one variable": (X[0] ** 5 - 3 * X[0], 1),
    "affine": (3 * X[0] - X[1], 2),
}
NASTY = [0.0, -0.0, 1.0, -2.5, 1e-310, 1e300, -1e300, np.inf, -np.inf, np.nan]


@pytest.fixture(scope="module", params=SCALAR_ARITHMETIC)
def exact(request):
    formula, n = SCALAR_ARITHMETIC[request.param]
    return compile_tapes(lower(formula, X[:n]))


@pytest.fixture(scope="module")
def smooth():
    return compile_tapes(lower(sympy.exp(-(X[0] ** 2)) * sympy.sin(X[1]) + sympy.tanh(X[0] * X[2]), X[:3]))


@pytest.fixture(scope="module")
def polar():
    return compile_tapes(lower([X[0] * X[1], X[0] - X[1], X[0] ** 3], X[:2]), name="polar")


@pytest.fixture(scope="module")
def with_parameters():
    return compile_tapes(lower(a * (X[1] - X[0] ** 2) ** 2 + b, [*X[:2], a, b]), parameters=["a", "b"], name="g")


def nasty_rows(rng, m, n):
    """Ordinary numbers with nasty ones among them."""
    return np.where(rng.random((m, n)) < 0.2, rng.choice(NASTY, (m, n)), rng.standard_normal((m, n)))


def test_rows_give_the_same_bits_as_single_points(exact, rng):
    n = len(exact.variables)
    rows, directions = nasty_rows(rng, 203, n), rng.standard_normal((203, n))
    for kind in ("f", "gradient", "hessian"):
        single = np.array([getattr(exact, kind)(x) for x in rows])
        np.testing.assert_array_equal(getattr(exact.batch, kind)(rows), single)
    single = np.array([exact.hvp(x, v) for x, v in zip(rows, directions, strict=True)])
    np.testing.assert_array_equal(exact.batch.hvp(rows, directions), single)
    values, gradients = exact.batch.value_and_gradient(rows)
    np.testing.assert_array_equal(values, exact.batch.f(rows))
    np.testing.assert_array_equal(gradients, [exact.value_and_gradient(x)[1] for x in rows])


def test_a_map_gives_values_and_jacobians(polar, rng):
    rows = rng.standard_normal((21, 2))
    np.testing.assert_array_equal(polar.batch.f(rows), [polar.f(x) for x in rows])
    jacobians = polar.batch.jacobian(rows)
    assert jacobians.shape == (21, 3, 2)
    np.testing.assert_array_equal(jacobians, [polar.jacobian(x) for x in rows])


def test_vector_functions_agree_with_the_library_within_rounding(smooth, rng):
    rows = rng.standard_normal((101, 3))
    for kind in ("f", "gradient", "hessian"):
        single = np.array([getattr(smooth, kind)(x) for x in rows])
        # a few roundings of 2⁻⁵² on terms of size 1 to 10
        np.testing.assert_allclose(getattr(smooth.batch, kind)(rows), single, rtol=1e-13, atol=2e-14)


def test_a_result_does_not_depend_on_place_or_company(smooth, rng):
    rows = rng.standard_normal((40, 3))
    whole = smooth.batch.hessian(rows)
    for first, last in itertools.combinations(range(0, 41, 3), 2):
        np.testing.assert_array_equal(smooth.batch.hessian(rows[first:last]), whole[first:last])
    order = rng.permutation(40)
    np.testing.assert_array_equal(smooth.batch.hessian(rows[order]), whole[order])
    huge = rows.copy()
    huge[::2, 1] = 1e12  # sin of these is left to the C library
    np.testing.assert_array_equal(smooth.batch.f(huge)[1::2], smooth.batch.f(rows)[1::2])
    assert smooth.batch.f(huge)[0] == pytest.approx(smooth.f(huge[0]), rel=1e-14)


@pytest.mark.parametrize("m", [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17])
def test_any_number_of_rows_works_and_writes_nothing_else(smooth, rng, m):
    rows = rng.standard_normal((m, 3))
    guarded = np.full(9 * m + 64, 7.0)
    out = guarded[32 : 32 + 9 * m].reshape(m, 3, 3)
    assert smooth.batch.hessian(rows, out=out) is out
    assert np.all(guarded[:32] == 7.0)
    assert np.all(guarded[32 + 9 * m :] == 7.0)
    np.testing.assert_array_equal(out, smooth.batch.hessian(np.vstack([rows, rows]))[:m])
    assert smooth.batch.f(rows).shape == (m,)
    assert smooth.batch.gradient(rows).shape == (m, 3)


def test_nan_and_infinity_stay_in_their_rows(smooth):
    rows = np.ones((9, 3))
    rows[3, 0], rows[5, 0] = np.nan, np.inf
    values = smooth.batch.f(rows)
    assert np.isnan(values[3])
    assert np.isfinite(np.delete(values, [3])).all()


# ---- emission -------------------------------------------------------------------------------------


def lanes(tape, width, chunk=500, variables=None, parameters=0, directions=0):
    """A function of the rows in machine code for any width, without the front end."""
    n = len(tape.names) - parameters - directions if variables is None else variables
    inputs = Inputs(n, parameters, directions)
    code = emit_batch(tape, inputs, returns_first=False, width=width, chunk=chunk)
    library = build(code.parts, ["batch"], symbol_addresses(code.symbols))
    function = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 6)(library.addresses["batch"])

    def run(rows, directions=None, parameters=None, library=library):
        out = np.full((len(rows), len(tape.outputs)), 7.0)
        raw = np.full(code.work + 8, 3.0)
        start = (-raw.ctypes.data // 8) % 8
        for place, value in code.fixed:
            raw[start + place : start + place + width] = value
        given = (rows, directions, parameters, None, out)
        addresses = [None if array is None else array.ctypes.data for array in given]
        function(len(rows) // width, *addresses, raw.ctypes.data + 8 * start)
        return out

    return run


ROUNDED_ONCE = ["add", "sub", "mul", "div", "neg", "sqrt", "abs", "sign", "heaviside", "min", "max", "select", "lt"]


@st.composite
def tapes(draw):
    builder = TapeBuilder(["x", "y", "z"])
    slots = [
        0,
        1,
        2,
        builder.constant(draw(st.fractions(-5, 5, max_denominator=9))),
        builder.constant(NamedConstant.PI),
    ]
    for _ in range(draw(st.integers(1, 30))):
        row = primitive(draw(st.sampled_from(ROUNDED_ONCE)))
        slots.append(builder.emit(row.name, *(draw(st.sampled_from(slots)) for _ in range(row.arity))))
    return builder.build(draw(st.lists(st.sampled_from(slots), min_size=1, max_size=40)), None)


@settings(deadline=None, max_examples=25)
@given(tapes(), st.sampled_from([2, 4, 8]), st.sampled_from([1, 3, 7, 500]), st.integers(0, 2**32 - 1))
def test_ieee_tapes_agree_bit_for_bit_with_the_reference_at_any_width_in_any_pieces(tape, width, chunk, seed):
    rows = nasty_rows(np.random.default_rng(seed), 2 * width, 3)
    expected = [float64.run(tape, list(x)) for x in rows]
    np.testing.assert_array_equal(lanes(tape, width, chunk)(rows), expected)


@pytest.mark.parametrize("row", [row for row in PRIMITIVES if row.arity], ids=lambda row: row.name)
def test_every_primitive_has_a_form_in_lanes(row, rng):
    builder = TapeBuilder([f"x{i}" for i in range(row.arity)])
    tape = builder.build([builder.emit(row.name, *range(row.arity))])
    rows = np.round(1.25 + np.abs(rng.standard_normal((8, row.arity))), 2)  # in everybody's domain but asin's family
    if row.name in ("asin", "acos", "atanh"):
        rows = rows / 8
    expected = [float64.run(tape, list(x)) for x in rows]
    np.testing.assert_allclose(lanes(tape, 4)(rows), expected, rtol=4e-15)


@pytest.mark.parametrize("width", [2, 4, 8])
@pytest.mark.parametrize("columns", [1, 2, 3, 5, 8, 13, 33, 40, 71])
def test_rows_of_any_length_pass_through_lanes_unchanged(width, columns, rng):
    builder = TapeBuilder([f"x{i}" for i in range(columns)] + ["p"] + [f"v{i}" for i in range(columns)])
    third = builder.constant(3)
    outputs = [*range(columns), third, *reversed(range(columns + 1, 2 * columns + 1)), columns, third]
    run = lanes(builder.build(outputs), width, variables=columns, parameters=1, directions=columns)
    rows, directions = rng.standard_normal((2, 3 * width, columns))
    constant = np.full((3 * width, 1), 3.0)
    parameter = np.full((3 * width, 1), 0.5)
    expected = np.hstack([rows, constant, directions[:, ::-1], parameter, constant])
    np.testing.assert_array_equal(run(rows, directions, np.array([0.5])), expected)


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_tiles_cover_all_columns_once(width):
    for columns in range(40):
        covered = [at + k for at, size in tiles(columns, width) for k in range(size)]
        assert covered == list(range(columns))


def test_a_long_tape_in_pieces_agrees_with_single_points(rng):
    builder = TapeBuilder(["x", "y"])
    slots = [0, 1]
    for k in range(3000):
        slots.append(builder.emit(("sub", "mul", "add")[k % 3], slots[-1], slots[-1 - k % 2]))
        slots.append(builder.emit("div", slots[-1], builder.constant(k + 2)))
    total = slots[0]
    for slot in slots[1::40]:
        total = builder.emit("add", total, slot)
    kernel = compile_tapes(builder.build([total]), tier=Optimised())
    assert kernel.batch.piece("f").chunks == emit(kernel.tape("f"), Inputs(2), returns_first=True).chunks > 10
    rows = rng.standard_normal((19, 2))
    np.testing.assert_array_equal(kernel.batch.f(rows), [kernel.f(x) for x in rows])


def test_a_value_that_is_an_input_or_a_constant_is_found_in_pieces_too(rng):
    builder = TapeBuilder(["x", "y"])
    products = [builder.emit("mul", 0, 1)]
    for _ in range(700):
        products.append(builder.emit("add", products[-1], 0))
    rows = rng.standard_normal((10, 2))
    for first, expected in ((1, rows[:, 1]), (builder.constant(5), np.full(10, 5.0))):
        tape = builder.build([first, *products[-2:]])
        code = emit_batch(tape, Inputs(2), returns_first=True, width=2)
        assert code.chunks == 2
        kernel = compile_tapes(builder.build([products[-1]]), value_and_gradient=tape)
        values, rest = kernel.batch.value_and_gradient(rows)
        np.testing.assert_array_equal(values, expected)
        np.testing.assert_array_equal(rest, [kernel.value_and_gradient(x)[1] for x in rows])


def test_a_tape_with_other_inputs_is_refused():
    with pytest.raises(InputError, match="The tape has 1 inputs, but the batch would supply 3"):
        emit_batch(TapeBuilder(["x"]).build([0]), Inputs(3), returns_first=False, width=4)


# ---- arrays ---------------------------------------------------------------------------------------


def test_other_layouts_and_types_are_converted(smooth, rng):
    rows = rng.integers(-3, 4, (50, 3)).astype(np.float64)
    expected = smooth.batch.gradient(rows)
    wide = np.zeros((100, 6))
    wide[::2, ::2] = rows
    for layout in (
        np.asfortranarray(rows),
        wide[::2, ::2],
        rows.astype(np.int8),
        rows.astype(np.float32),
        rows.tolist(),
    ):
        np.testing.assert_array_equal(smooth.batch.gradient(layout), expected)
    np.testing.assert_array_equal(smooth.batch.gradient(rows[::-1])[::-1], expected)
    with_gaps = np.zeros((50, 6))
    target = with_gaps[:, 1::2]
    assert smooth.batch.gradient(rows, out=target) is target
    np.testing.assert_array_equal(target, expected)
    np.testing.assert_array_equal(with_gaps[:, ::2], 0)


def test_slabs_of_bounded_size_give_the_same_result(smooth, rng, monkeypatch):
    rows = rng.standard_normal((1000, 3))
    expected = smooth.batch.hessian(rows)
    monkeypatch.setattr(batch_module, "SLAB", 4096)
    seen = []
    out = smooth.batch.with_progress(lambda done, total: seen.append((done, total))).hessian(rows[::-1])
    np.testing.assert_array_equal(out[::-1], expected)
    assert len(seen) > 10
    assert seen == sorted(seen)
    assert seen[-1] == (1000, 1000)


def test_arrays_on_disk_are_worked_off_slab_by_slab(smooth, tmp_path, rng, monkeypatch):
    m = 20_000
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(m, 3))
    x[:] = rng.standard_normal((m, 3))
    out = np.memmap(tmp_path / "out", np.float64, "w+", shape=(m, 3, 3))
    monkeypatch.setattr(batch_module, "SLAB", 1 << 16)
    smooth.batch.piece("hessian")
    tracemalloc.start()
    try:
        smooth.batch.hessian(x, out=out)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200_000  # the converted points alone would be 480,000 bytes
    out.flush()
    stored = np.fromfile(tmp_path / "out").reshape(m, 3, 3)
    np.testing.assert_array_equal(stored, smooth.batch.hessian(np.array(x, dtype=np.float64)))


@pytest.mark.parametrize(("kind", "shape"), [("gradient", (3,)), ("hessian", (3, 3))])
def test_results_written_past_the_caches_are_the_same_and_nothing_else_is_written(
    smooth, rng, monkeypatch, kind, shape
):
    monkeypatch.setattr(batch_module, "STREAM", 0)
    columns = 3 ** len(shape)
    for m, shift in itertools.product((8, 1000, 4001), range(9)):
        rows = rng.standard_normal((m, 3))
        guarded = np.full(columns * m + 80, 7.0)
        out = guarded[32 + shift : 32 + shift + columns * m].reshape(m, *shape)
        getattr(smooth.batch, kind)(rows, out=out)
        np.testing.assert_array_equal(out[-9:], [getattr(smooth.batch, kind)(x[None])[0] for x in rows[-9:]])
        with monkeypatch.context() as patch:
            patch.setattr(batch_module, "STREAM", 1 << 60)
            np.testing.assert_array_equal(out, getattr(smooth.batch, kind)(rows))
        assert np.all(guarded[: 32 + shift] == 7.0)
        assert np.all(guarded[32 + shift + columns * m :] == 7.0)


def test_rows_too_long_for_the_buffer_are_written_directly():
    builder = TapeBuilder(["x"])
    kernel = compile_tapes(builder.build([builder.emit("mul", 0, 0), *[0] * 9000]))
    assert kernel.batch.piece("f").buffer == 0
    values = kernel.batch.f(np.full((800, 1), 3.0))
    assert values.nbytes > batch_module.STREAM
    np.testing.assert_array_equal(values[:, 0], 9.0)
    np.testing.assert_array_equal(values[:, 1:], 3.0)


def test_parameters_are_the_same_for_all_rows(with_parameters, rng):
    rows = rng.standard_normal((13, 2))
    expected = np.array([with_parameters.gradient(x, parameters=[2.0, 3.0]) for x in rows])
    np.testing.assert_array_equal(with_parameters.batch.gradient(rows, parameters=[2.0, 3.0]), expected)
    np.testing.assert_array_equal(with_parameters.batch.gradient(rows, parameters={"b": 3.0, "a": 2.0}), expected)
    with pytest.raises(InputError, match=r"g has 2 parameters \(a, b\): give their values"):
        with_parameters.batch.f(rows)


def test_a_pair_takes_values_and_gradients(smooth, rng):
    rows = rng.standard_normal((11, 3))
    pair = np.empty(11), np.empty((11, 3))
    assert smooth.batch.value_and_gradient(rows, out=pair)[1] is pair[1]
    np.testing.assert_array_equal(pair[0], smooth.batch.f(rows))
    with pytest.raises(InputError, match="out of value_and_gradient must be a pair of arrays"):
        smooth.batch.value_and_gradient(rows, out=pair[1])
    with pytest.raises(InputError, match=r"out\[1\] has shape \(11,\), but the result of f has shape \(11, 3\)"):
        smooth.batch.value_and_gradient(rows, out=(pair[0], np.empty(11)))
    both = np.empty(44)
    with pytest.raises(InputError, match=r"out\[1\] shares memory with out\[0\]"):
        smooth.batch.value_and_gradient(rows, out=(both[:11], both[10:43].reshape(11, 3)))


# ---- threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_do_not_change_the_result(smooth, rng, monkeypatch, threads):
    monkeypatch.setattr(batch_module, "LEAST_WORK", 1)
    rows = rng.standard_normal((1003, 3))
    expected = smooth.batch.hessian(rows)
    seen = []
    batch = smooth.batch.with_threads(threads).with_progress(lambda done, total: seen.append(done))
    np.testing.assert_array_equal(batch.hessian(rows), expected)
    assert len(seen) >= threads
    assert seen[-1] == 1003


def test_many_threads_share_one_batch(smooth, rng, monkeypatch):
    monkeypatch.setattr(batch_module, "LEAST_WORK", 1)
    rows = rng.standard_normal((5000, 3))
    expected = smooth.batch.hessian(rows)
    wrong = []

    def work():
        for _ in range(5):
            if not np.array_equal(smooth.batch.with_threads(2).hessian(rows), expected):
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_few_rows_stay_in_the_callers_thread(smooth, rng, monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("a pool was started")

    monkeypatch.setattr(batch_module, "ThreadPoolExecutor", refuse)
    assert smooth.batch.with_threads(4).f(rng.standard_normal((100, 3))).shape == (100,)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_between_slabs_stops_the_work(smooth, rng, monkeypatch, threads):
    monkeypatch.setattr(batch_module, "SLAB", 4096)
    monkeypatch.setattr(batch_module, "LEAST_WORK", 1)

    def interrupt(done, total):
        raise KeyboardInterrupt

    rows, out = rng.standard_normal((20_000, 3)), np.full((20_000, 3, 3), 7.0)
    with pytest.raises(KeyboardInterrupt):
        smooth.batch.with_threads(threads).with_progress(interrupt).hessian(rows, out=out)
    assert np.all(out[-1] == 7.0)
    assert not np.any(out[0] == 7.0)


def test_a_batch_outlives_the_names_it_came_from(rng):
    f = compile_tapes(lower(X[0] ** 2, X[:1])).batch.f
    gc.collect()
    assert f([[3.0]]) == [9.0]


# ---- messages -------------------------------------------------------------------------------------


def test_wrong_arrays_are_explained(smooth):
    batch, rows = smooth.batch, np.zeros((5, 3))
    with pytest.raises(
        InputError,
        match=r"X has shape \(5, 2\), but f takes 3 variables \(x0, x1, x2\): give the points as rows, shape \(m, 3\)",
    ):
        batch.f(rows[:, :2])
    with pytest.raises(InputError, match=r"X has shape \(3,\), but f takes 3 variables"):
        batch.gradient(rows[0])
    with pytest.raises(InputError, match="X is a single number"):
        batch.gradient(3.0)
    with pytest.raises(InputError, match="X must hold real numbers, but holds complex numbers"):
        batch.gradient(rows + 1j)
    with pytest.raises(InputError, match="X must be rows of real numbers, but its rows have different lengths"):
        batch.gradient([[1.0, 2.0, 3.0], [1.0]])
    with pytest.raises(InputError, match="X has 5 rows, but V has 4: each point needs its direction"):
        batch.hvp(rows, rows[:4])
    with pytest.raises(InputError, match=r"V has shape \(5, 1\)"):
        batch.hvp(rows, rows[:, :1])


def test_wrong_results_are_explained(smooth):
    batch, rows = smooth.batch, np.zeros((5, 3))
    with pytest.raises(InputError, match=r"out must be a float64 array of shape \(5, 3\), but is an array of float32"):
        batch.gradient(rows, out=np.zeros((5, 3), np.float32))
    with pytest.raises(InputError, match=r"out must be a float64 array of shape \(5,\), but is a list"):
        batch.f(rows, out=[0.0] * 5)
    with pytest.raises(InputError, match=r"out has shape \(3, 5\), but the result of f has shape \(5, 3\)"):
        batch.gradient(rows, out=np.zeros((3, 5)))
    locked = np.zeros((5, 3))
    locked.setflags(write=False)
    with pytest.raises(InputError, match="out is read-only"):
        batch.gradient(rows, out=locked)
    with pytest.raises(InputError, match="out shares memory with X: pass an array of its own"):
        batch.gradient(rows, out=rows)
    directions = np.zeros((6, 3))
    with pytest.raises(InputError, match="out shares memory with V"):
        batch.hvp(rows, directions[1:], out=directions[:-1])
    interleaved = np.zeros((5, 6))
    batch.gradient(interleaved[:, :3], out=interleaved[:, 3:])


def test_wrong_kinds_and_threads_are_explained(smooth, polar):
    with pytest.raises(InputError, match=r'A batch has f, gradient, hessian, .*, but no "laplacian"'):
        smooth.batch.piece("laplacian")
    with pytest.raises(WrongKind, match="gradient needs a scalar function, but polar is a map: use jacobian"):
        polar.batch.gradient(np.zeros((2, 2)))
    with pytest.raises(WrongKind, match="f is a scalar: use gradient"):
        smooth.batch.jacobian(np.zeros((2, 3)))
    with pytest.raises(InputError, match="threads must be at least 1, but is 0"):
        smooth.batch.with_threads(0)
    with pytest.raises(WrongKind, match=r"threads must be a whole number, but is 2\.0"):
        smooth.batch.with_threads(2.0)
    wrong = compile_tapes(lower(X[0], X[:1]), gradient=lower([X[0], X[0]], X[:1]))
    with pytest.raises(InputError, match=r"The tape of gradient must give shape \(1,\), but gives 2 numbers"):
        wrong.batch.gradient([[1.0]])
