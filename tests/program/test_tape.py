"""The Tape and its builder."""

import numpy as np
import pytest

from hessmath.program import Cost, NamedConstant, Tape, TapeBuilder


def squares():
    builder = TapeBuilder(("x", "y"))
    return builder.build([builder.emit("mul", 0, 0), builder.emit("mul", 1, 1)])


def test_equal_instructions_share_a_slot():
    builder = TapeBuilder(("x", "y"))
    assert builder.emit("add", 0, 1) == builder.emit("add", 1, 0)
    assert builder.emit("sub", 0, 1) != builder.emit("sub", 1, 0)
    assert builder.constant(2) == builder.constant(2)
    assert builder.constant(NamedConstant.PI) == builder.constant(NamedConstant.PI)
    assert len(builder) == 7


def test_the_digest_ignores_names_and_nothing_else():
    def program(names, constant, output):
        builder = TapeBuilder(names)
        slots = [builder.emit("mul", 0, builder.constant(constant)), builder.emit("add", 0, 1)]
        return builder.build([slots[output]])

    base = program(("x", "y"), 2, 0)
    assert base.digest == program(("u", "v"), 2, 0).digest
    assert base != program(("u", "v"), 2, 0)
    assert base == program(("x", "y"), 2, 0)
    assert hash(base) == hash(program(("x", "y"), 2, 0))
    assert len({base.digest, program(("x", "y"), 3, 0).digest, program(("x", "y"), 2, 1).digest}) == 3
    assert base != "x"


def test_arrays_are_read_only():
    tape = squares()
    for array in (tape.code, tape.operands, tape.outputs):
        assert array.dtype == np.int32
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_costs_are_counted_exactly():
    builder = TapeBuilder(("x",))
    slot = 0
    for name in ("neg", "sqrt", "exp", "abs"):
        slot = builder.emit(name, slot)
    slot = builder.emit("div", builder.emit("mul", slot, 0), builder.emit("add", slot, 0))
    cost = builder.build([slot]).cost
    assert dict(cost) == {"adds": 2, "muls": 1, "divs": 1, "roots": 1, "calls": 1, "tests": 1}
    assert cost.total == 7
    assert len(cost) == 6
    with pytest.raises(KeyError):
        cost["total"]
    assert Cost() == Cost.of(["free"])


def test_a_tape_prints_its_instructions():
    builder = TapeBuilder(("x",))
    tape = builder.build([builder.emit("add", 0, builder.constant(NamedConstant.E))])
    assert str(tape) == "0  x\n1  E\n2  add 0 1\n→ 2"
    assert repr(tape) == "<Tape x ↦ scalar, 3 slots>"
    assert repr(squares()) == "<Tape x, y ↦ (2,), 4 slots>"
    assert tape.constant_at(1) is NamedConstant.E
    assert tape.constant_at(0) is None


def test_wrong_use_is_reported():
    builder = TapeBuilder(("x",))
    with pytest.raises(ValueError, match="mul takes 2 operands, but got 1"):
        builder.emit("mul", 0)
    with pytest.raises(ValueError, match="need different names, but got x, x"):
        TapeBuilder(("x", "x"))
    with pytest.raises(ValueError, match=r"A tape of shape \(2,\) cannot have 1 outputs"):
        builder.build([0], (2,))
    with pytest.raises(ValueError, match="'z' is not an input of this program, which has x, y"):
        squares().input_numbers(["z"])


def test_inputs_are_found_by_name():
    assert squares().input_numbers() == (0, 1)
    assert squares().input_numbers("y") == (1,)
    assert squares().input_numbers(["y", "x"]) == (1, 0)


def test_a_tape_can_be_made_from_its_fields():
    tape = squares()
    same = Tape(tape.names, tape.code, tape.operands, tape.constants, tape.outputs, tape.shape)
    assert same == tape
