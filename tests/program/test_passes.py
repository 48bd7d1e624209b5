"""Passes keep values and shorten programs."""

from fractions import Fraction

import pytest

from hessmath.program import (
    NamedConstant,
    TapeBuilder,
    clean,
    drop_dead,
    fold_constants,
    run_passes,
    simplify,
    stabilise,
)
from hessmath.program.arithmetic import exact


def cleaned(write):
    """What is left of an expression in x and y: its text without the inputs."""
    builder = TapeBuilder(("x", "y"))
    tape = clean(builder.build([write(builder.emit, builder.constant)]))
    return str(tape).split("\n", 2)[2]


X, Y = 0, 1

SIMPLER = [
    (lambda e, c: e("add", X, c(0)), "→ 0"),
    (lambda e, c: e("add", c(0), X), "→ 0"),
    (lambda e, c: e("mul", X, c(1)), "→ 0"),
    (lambda e, c: e("mul", e("exp", X), c(0)), "2  0\n→ 2"),
    (lambda e, c: e("mul", X, c(-1)), "2  neg 0\n→ 2"),
    (lambda e, c: e("neg", e("neg", X)), "→ 0"),
    (lambda e, c: e("sub", e("exp", X), e("exp", X)), "2  0\n→ 2"),
    (lambda e, c: e("sub", X, c(0)), "→ 0"),
    (lambda e, c: e("sub", c(0), X), "2  neg 0\n→ 2"),
    (lambda e, c: e("add", X, e("neg", Y)), "2  sub 0 1\n→ 2"),
    (lambda e, c: e("sub", X, e("neg", Y)), "2  add 0 1\n→ 2"),
    (lambda e, c: e("sub", e("neg", X), Y), "2  add 0 1\n3  neg 2\n→ 3"),
    (lambda e, c: e("neg", e("sub", X, Y)), "2  sub 1 0\n→ 2"),
    (lambda e, c: e("neg", e("mul", X, c(3))), "2  -3\n3  mul 0 2\n→ 3"),
    (lambda e, c: e("mul", c(3), e("mul", X, c(2))), "2  6\n3  mul 0 2\n→ 3"),
    (lambda e, c: e("add", e("mul", X, c(2)), e("mul", X, c(3))), "2  5\n3  mul 0 2\n→ 3"),
    (lambda e, c: e("mul", e("neg", X), e("neg", Y)), "2  mul 0 1\n→ 2"),
    (lambda e, c: e("mul", X, e("div", c(1), Y)), "2  div 0 1\n→ 2"),
    (lambda e, c: e("div", X, c(1)), "→ 0"),
    (lambda e, c: e("div", X, c(-1)), "2  neg 0\n→ 2"),
    (lambda e, c: e("div", c(0), X), "2  0\n→ 2"),
    (lambda e, c: e("div", c(0), c(0)), "2  0\n3  div 2 2\n→ 3"),
    (lambda e, c: e("div", e("neg", X), e("neg", Y)), "2  div 0 1\n→ 2"),
    (lambda e, c: e("div", e("neg", X), Y), "2  div 0 1\n3  neg 2\n→ 3"),
    (lambda e, c: e("div", X, e("neg", Y)), "2  div 0 1\n3  neg 2\n→ 3"),
    (lambda e, c: e("abs", e("neg", X)), "2  abs 0\n→ 2"),
    (lambda e, c: e("abs", e("abs", X)), "2  abs 0\n→ 2"),
    (lambda e, c: e("max", X, X), "→ 0"),
    (lambda e, c: e("max", X, Y), "2  max 0 1\n→ 2"),
    (lambda e, c: e("select", e("lt", X, Y), X, X), "→ 0"),
    (lambda e, c: e("select", c(1), X, Y), "→ 0"),
    (lambda e, c: e("select", e("lt", c(2), c(1)), X, Y), "→ 1"),
    (lambda e, c: e("select", e("select", e("lt", X, Y), c(0), c(1)), X, Y), "2  lt 0 1\n3  select 2 1 0\n→ 3"),
    (lambda e, c: e("sqrt", c(Fraction(9, 4))), "2  3/2\n→ 2"),
    (lambda e, c: e("cos", c(0)), "2  1\n→ 2"),
    (lambda e, c: e("exp", c(1)), "2  1\n3  exp 2\n→ 3"),
    (lambda e, c: e("mul", X, c(NamedConstant.PI)), "2  pi\n3  mul 0 2\n→ 3"),
    (lambda e, c: e("div", c(1), c(0)), "2  1\n3  0\n4  div 2 3\n→ 4"),
]


@pytest.mark.parametrize(("write", "expected"), SIMPLER, ids=[expected for _, expected in SIMPLER])
def test_cleaning_leaves(write, expected):
    assert cleaned(write) == expected


def test_folding_leaves_numbers_alone_that_would_fill_the_memory():
    builder = TapeBuilder(())
    slot = builder.constant(3)
    for _ in range(40):
        slot = builder.emit("mul", slot, slot)  # 3^(2^40)
    assert len(fold_constants(builder.build([slot]))) > 25


def test_dead_code_goes_and_inputs_stay():
    builder = TapeBuilder(("x", "y"))
    builder.emit("exp", 0)
    tape = builder.build([builder.emit("mul", 1, 1)])
    assert str(drop_dead(tape)) == "0  x\n1  y\n2  mul 1 1\n→ 2"
    assert len(simplify(tape)) == 4


def test_passes_compose_in_order():
    builder = TapeBuilder(("x",))
    tape = builder.build([builder.emit("add", 0, builder.emit("sub", builder.constant(2), builder.constant(2)))])
    assert run_passes(tape, []) is tape
    assert run_passes(tape, [fold_constants, simplify, drop_dead]) == clean(tape)
    assert exact.run(tape, [5]) == exact.run(clean(tape), [5])


def test_stable_forms_are_left_when_nothing_matches():
    builder = TapeBuilder(("x",))
    one = builder.constant(1)
    slots = [
        builder.emit("log", 0),
        builder.emit("log", builder.emit("add", 0, builder.constant(2))),
        builder.emit("sub", 0, one),
        builder.emit("div", one, builder.emit("add", 0, one)),
    ]
    tape = builder.build(slots)
    assert stabilise(tape) == tape
