"""Every tier gives what the others give, bit for bit; the automatic one improves while it is in use."""

import ctypes
import gc
import math
import os
import subprocess
import sys
import threading
import weakref
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError
from hessmath.kernels import background, compile_tapes, interpreter, tiers
from hessmath.kernels.emission import Inputs, emit
from hessmath.kernels.machine import Effort
from hessmath.kernels.tiers import Automatic, Interpreter, Optimised, Quick
from hessmath.program import PRIMITIVES, NamedConstant, TapeBuilder, gradient, hvp, lower, primitive
from hessmath.program.arithmetic import float64

ALL = {
    "interpreter": Interpreter(),
    "quick": Quick(),
    "direct": Optimised(passes_from=1, passes_up_to=0),
    "passes": Optimised(passes_from=0, passes_up_to=10**9),
    "automatic": Automatic(optimised_up_to=0),
}
COMPUTED = [row.name for row in PRIMITIVES if row.arity > 0]


def bits(values):
    """What two results must share: all bits, where NaNs count as one."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    return np.where(np.isnan(array), np.nan, array).view(np.uint64).tolist() if array.size else []


def served(tape, tier, *, returns_first=False, inputs=None):
    """A function of the inputs that gives all outputs."""
    made = tier.serve(tape, inputs or Inputs(len(tape.names)), returns_first=returns_first)
    code = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)(made.address)

    def run(x, v=None, p=None):
        arrays = [None if a is None else np.array(a, dtype=np.float64) for a in (x, v, p)]
        out = np.full(len(tape.outputs) - returns_first, 7.0)
        value = code(*(None if a is None else a.ctypes.data for a in arrays), out.ctypes.data)
        return [value, *out] if returns_first else list(out)

    run.served = made
    return run


@st.composite
def programs(draw):
    builder = TapeBuilder(["x", "y", "z"])
    slots = [0, 1, 2, *(builder.constant(c) for c in (0, 2, NamedConstant.PI))]
    for _ in range(draw(st.integers(1, 40))):
        row = primitive(draw(st.sampled_from(COMPUTED)))
        slots.append(builder.emit(row.name, *(draw(st.sampled_from(slots)) for _ in range(row.arity))))
    return builder.build(draw(st.lists(st.sampled_from(slots), min_size=1, max_size=9)), None)


numbers = st.floats(-1e3, 1e3) | st.sampled_from([0.0, -0.0, 0.5, math.inf, math.nan])


@settings(deadline=None, max_examples=25)
@given(programs(), st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=3), st.booleans())
def test_all_tiers_agree_bit_for_bit(tape, points, returns_first):
    runs = {name: served(tape, tier, returns_first=returns_first) for name, tier in ALL.items()}
    for point in points:
        expected = bits(runs["direct"](point))
        for name, run in runs.items():
            assert bits(run(point)) == expected, name


@pytest.mark.parametrize("name", COMPUTED)
def test_the_interpreter_knows_every_primitive(name):
    row = primitive(name)
    builder = TapeBuilder([f"x{i}" for i in range(row.arity)])
    tape = builder.build([builder.emit(name, *range(row.arity))])
    interpreted, compiled = (served(tape, tier) for tier in (Interpreter(), Optimised()))
    for point in np.random.default_rng(0).uniform(0.1, 3, (20, row.arity)):
        assert bits(interpreted(point)) == bits(compiled(point))


def test_optimising_passes_leave_calls_as_they_are():
    # as a product, x² rounds differently from the C library's pow at some of these points
    builder = TapeBuilder(["x"])
    two, half = builder.constant(2), builder.constant(Fraction(1, 2))
    tape = builder.build([builder.emit("pow", 0, two), builder.emit("pow", 0, half), builder.emit("exp", two)])
    emitted = emit(tape, Inputs(1), returns_first=False)
    assert emitted.symbols == ("pow", "exp") and emitted.text.count("nobuiltin") == 2
    direct, passes = served(tape, ALL["direct"]), served(tape, ALL["passes"])
    for x in [*np.random.default_rng(0).uniform(0, 1e3, 500), -0.0, -math.inf]:
        assert bits(direct([x])) == bits(passes([x]))


def chain(n):
    x = sympy.symbols(f"x0:{n}")
    return lower(sympy.Add(*(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(n - 1))), x)


def test_values_share_few_places_and_long_programs_need_no_more():
    builder = TapeBuilder(["x"])
    slot = 0
    for k in range(1, 30_000):
        slot = builder.emit("add", builder.emit("mul", slot, 0), builder.constant(k % 7))
    tape = builder.build([slot])
    program = interpreter.assemble(tape, Inputs(1), returns_first=True)
    assert program.head.register_count <= 10
    assert program.instructions == 2 * (30_000 - 1)
    (expected,) = float64.run(tape, [0.5])
    assert served(tape, Interpreter(), returns_first=True)([0.5]) == [expected]


def test_many_values_at_once_are_kept_on_the_heap():
    builder = TapeBuilder([f"x{i}" for i in range(9000)])
    total = 0
    for i in range(1, 9000):
        total = builder.emit("sub", total, builder.emit("mul", i, i - 1))
    wide = builder.build([total])
    assert interpreter.assemble(wide, Inputs(9000), returns_first=True).head.register_count > 8192
    x = np.random.default_rng(0).standard_normal(9000)
    assert bits(served(wide, Interpreter(), returns_first=True)(x)) == bits(float64.run(wide, x))


def test_inputs_come_from_three_arrays_and_outputs_may_be_inputs_constants_and_repeated():
    builder = TapeBuilder(["x", "y", "a", "dx", "dy"])
    zero, three = builder.constant(0), builder.constant(3)
    product = builder.emit("mul", builder.emit("add", 0, 1), builder.emit("sub", 3, 2))
    tape = builder.build([product, zero, 4, product, three, zero, 2, zero, 0])
    expected = [(2 + 5) * (7 - 11), 0, 8, (2 + 5) * (7 - 11), 3, 0, 11, 0, 2]
    for tier in ALL.values():
        run = served(tape, tier, inputs=Inputs(2, 1, 2))
        assert run([2, 5], v=[7, 8], p=[11]) == expected


def test_a_tape_with_other_inputs_is_refused_by_every_tier():
    tape = TapeBuilder(["x"]).build([0])
    for tier in ALL.values():
        with pytest.raises(InputError, match="The tape has 1 inputs, but the kernel would supply 2"):
            tier.serve(tape, Inputs(2), returns_first=True)


def test_too_many_values_for_the_interpreter_are_refused(monkeypatch):
    monkeypatch.setattr(interpreter, "_MOST_REGISTERS", 3)
    with pytest.raises(InputError, match="keeps up to 3 values at a time, but this program has 5"):
        served(lower(sympy.Symbol("x") + 2 * sympy.Symbol("y") - 3, sympy.symbols("x y")), Interpreter())


def test_the_lengths_decide_which_tier_comes_first():
    tape = chain(30)
    policies = {
        "optimised": Automatic(optimised_up_to=10_000),
        "quick": Automatic(optimised_up_to=0),
        "interpreter": Automatic(optimised_up_to=0, quick_up_to=0, compiled_up_to=0),
    }
    hold = threading.Event()
    background.submit(lambda ask: hold.wait())  # nothing is improved meanwhile
    try:
        for name, tier in policies.items():
            fresh = hvp(chain(30 + len(name)))
            made = tier.serve(fresh, Inputs(len(fresh.names)), returns_first=False)
            assert made.code.tier == name
    finally:
        hold.set()
    assert Interpreter().serve(tape, Inputs(30), returns_first=True).settled.is_set()


@pytest.mark.parametrize(
    ("tier", "first", "last"),
    [
        (Automatic(optimised_up_to=0), "quick", "optimised"),
        (Automatic(optimised_up_to=0, quick_up_to=0), "interpreter", "quick"),
    ],
)
def test_better_code_takes_over_while_threads_call(tier, first, last):
    tape = gradient(chain(41 if first == "quick" else 43))
    n = len(tape.names)
    x = np.random.default_rng(1).standard_normal(n)
    hold, stop = threading.Event(), threading.Event()
    background.submit(lambda ask: hold.wait())
    kernel_run = served(tape, tier)
    assert kernel_run.served.code.tier == first
    expected = bits(kernel_run(x))
    wrong = []

    def call():
        while not stop.is_set():
            if bits(kernel_run(x)) != expected:
                wrong.append(1)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    hold.set()
    assert kernel_run.served.settled.wait(60)
    after = bits(kernel_run(x))
    stop.set()
    for thread in threads:
        thread.join()
    assert kernel_run.served.code.tier == last
    assert kernel_run.served._entrance._cell[0] == kernel_run.served.code.address
    assert after == expected and not wrong


def test_code_that_is_on_disk_is_used_at_once():
    tape = chain(37)
    Optimised().serve(tape, Inputs(37), returns_first=True)
    made = Automatic(optimised_up_to=0).serve(tape, Inputs(37), returns_first=True)
    assert made.code.tier == "optimised" and made.code.from_cache and made.settled.is_set()


def test_a_failed_improvement_leaves_the_first_code_in_place(monkeypatch):
    def fail(text, tier, effort, ask=None, original=tiers._compiled):
        if effort is not Effort.QUICK:
            raise RuntimeError("LLVM is tired")
        return original(text, tier, effort, ask)

    monkeypatch.setattr(tiers, "_compiled", fail)
    tape = chain(39)
    run = served(tape, Automatic(optimised_up_to=0), returns_first=True)
    assert run.served.settled.wait(60)
    assert run.served.code.tier == "quick" and str(run.served.failure) == "LLVM is tired"
    assert run(np.ones(39)) == [0.0]


def test_what_nobody_can_call_is_not_improved():
    hold = threading.Event()
    background.submit(lambda ask: hold.wait())
    tape = chain(38)
    made = Automatic(optimised_up_to=0).serve(tape, Inputs(38), returns_first=True)
    asked = []
    made.improve(lambda ask: asked.append(1))
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None
    done = threading.Event()
    background.submit(lambda ask: done.set())
    hold.set()
    assert done.wait(60) and not asked


def test_a_process_ends_in_the_middle_of_a_compilation(tmp_path):
    tmp_path.chmod(0o700)
    script = """
import sympy
from hessmath.kernels import background, compile_tapes
from hessmath.kernels.tiers import Automatic
from hessmath.program import TapeBuilder
builder = TapeBuilder(["x"])
slot = 0
for k in range(30_000):
    slot = builder.emit("sin", builder.emit("add", slot, 0))
for tier in (Automatic(), Automatic(quick_up_to=0)):
    kernel = compile_tapes(builder.build([slot]), tier=tier)
    kernel.f([0.5])
    print(kernel.piece("f").served.code.tier, kernel.piece("f").served.settled.is_set())
"""
    environment = {**os.environ, "HESSMATH_CACHE_DIR": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.split("\n")[:2] == ["quick False", "interpreter False"]
    assert run.stderr == ""


def test_a_stopped_worker_gives_up_between_two_steps():
    worker = background._Worker()
    begun, steps = threading.Event(), []

    def job(ask):
        while True:
            ask()
            steps.append(1)
            begun.set()

    worker.submit(job)
    assert begun.wait(60)
    worker.stop()
    assert not worker._thread.is_alive()
    done = len(steps)
    worker.submit(job)  # nothing is begun any more
    assert len(steps) == done


def test_kernels_take_a_tier_and_give_the_same_everywhere():
    x, y = sympy.symbols("x y")
    tape = lower(sympy.exp(x * y) / (1 + x**2) + sympy.log(1 + y**2), [x, y])
    point, v = np.array([0.3, -1.2]), np.array([2.0, 0.5])
    results = []
    for tier in ALL.values():
        k = compile_tapes(tape, tier=tier)
        value, g = k.value_and_gradient(point)
        results.append(bits([k.f(point), value, *g, *k.gradient(point), *k.hessian(point).ravel(), *k.hvp(point, v)]))
    assert all(result == results[0] for result in results)


def test_the_front_desk_takes_a_tier():
    import hessmath as hm

    kernel = hm.compile("x**2*y", "x y", tier=Interpreter())
    assert kernel.f([2, 3]) == 12.0 and kernel.report()["f"].tier == "interpreter"
