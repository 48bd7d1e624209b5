"""The enclosure checker: second-order jets against the program's derivatives; wrong certificates are rejected."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import flint
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.program import LITERAL, TapeBuilder, gradient, hessian, lower
from hessmath.program.arithmetic import balls
from hessmath.verify import kernel
from hessmath.verify.certify import certify
from hessmath.verify.kernel import jets
from hessmath.verify.kernel.boxes import read_program
from hessmath.verify.region_search import search
from hessmath.verify.smooth import instructions

ROOT = Path(__file__).resolve().parents[3]
X, Y = sympy.symbols("x y", real=True)
NEEDS_ABOVE_ONE = {"acosh"}


def certificate(formula, variables, x):
    return json.loads(certify(lower(formula, variables, passes=LITERAL), x).certificate.to_json())


SADDLE = certificate(X**3 / 3 - X + sympy.cos(Y), [X, Y], [1, 0])
ALL = json.loads(search(lower(X**3 - 3 * X + Y**2, [X, Y], passes=LITERAL), [(-3, 3), (-2, 2)]).certificate.to_json())


def changed(data, path, value):
    data = copy.deepcopy(data)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    data.pop("axioms", None)
    return data


@pytest.mark.parametrize("name", sorted(set(jets.ARITY) - {"select"}))
@pytest.mark.parametrize("wide", [False, True])
def test_jets_contain_the_derivatives_of_the_program(name, wide):
    builder = TapeBuilder(("x", "y"))
    u = builder.emit("add", builder.emit("mul", 0, 1), 0)  # xy + x
    v = builder.emit("sub", builder.emit("mul", 0, 0), 1)  # x² − y
    if name in NEEDS_ABOVE_ONE:
        u = builder.emit("add", u, builder.constant(2))
    tape = builder.build([builder.emit(name, *(u, v)[: jets.ARITY[name]])])
    point = [Fraction(5, 8), Fraction(3, 16)]
    program, output = instructions(tape, ())
    with flint.ctx.workprec(100):
        spread = flint.arb(0, 1e-3) if wide else flint.arb(0)
        box = [balls.ball(p) + spread for p in point]
        found = jets.run(read_program(json.loads(json.dumps(program)), 2), box, output)
        (value,) = balls.run(tape, point, 100)
        first, second = balls.run(gradient(tape), point, 100), balls.run(hessian(tape), point, 100)
        zero = flint.arb(0)
        assert found.value.overlaps(value)
        assert all(found.slopes.get(i, zero).overlaps(first[i]) for i in range(2))
        assert all(found.curves.get((i, j), zero).overlaps(second[2 * i + j]) for i in range(2) for j in range(i, 2))
        if not wide:
            assert all(c.rad() < 1e-20 for c in (*found.slopes.values(), *found.curves.values()))


@pytest.mark.parametrize("name", ["abs", "sign", "heaviside", "sqrt", "log", "acosh"])
def test_a_kink_or_the_edge_of_a_domain_in_the_box_is_rejected(name):
    edge = 1 if name == "acosh" else 0
    with pytest.raises(kernel.Rejected):
        jets.run([(name, (0,))], [flint.arb(edge, 0.1)], 1)


@pytest.mark.parametrize("name", ["min", "max", "lt", "le", "eq", "atan2", "pow", "div"])
def test_an_undecided_pair_is_rejected(name):
    with pytest.raises(kernel.Rejected):
        jets.run([(name, (0, 1))], [flint.arb(0, 0.1), flint.arb(0, 0.1)], 2)


def test_an_undecided_choice_is_rejected_and_a_decided_one_is_followed():
    choice = [("constant", (Fraction(0),)), ("lt", (1, 0)), ("mul", (0, 0)), ("select", (2, 3, 1))]
    assert jets.run(choice, [flint.arb(2)], 4).value == 4
    assert jets.run(choice, [flint.arb(-2)], 4).value == 0
    with pytest.raises(kernel.Rejected, match="a jump"):
        jets.run(choice, [flint.arb(0, 1)], 4)


def test_the_statement_says_what_was_proved_and_what_is_trusted():
    statement = kernel.check(changed(SADDLE, ["verdict"], "proved"))
    assert "has exactly one critical point within" in statement.text
    assert "a saddle" in statement.text and "trusts python-flint" in statement.text
    assert statement.axioms == ("second-order sufficient conditions",)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["claim", "radius"], "1000"),
        (["claim", "radius"], "2"),  # holds the point x = −1 as well
        (["claim", "radius"], "0"),
        (["claim", "radius"], "-1"),
        (["claim", "centre"], ["11/10", "0"]),
        (["claim", "centre"], ["1"]),
        (["claim", "inertia"], [2, 0]),
        (["claim", "inertia"], [0, 2]),
        (["claim", "inertia"], [1, 0]),
        (["claim", "inertia"], [True, True]),
        (["claim", "value"], ["0", "1/4"]),
        (["claim", "value"], ["1", "1/3"]),
        (["claim", "output"], 2),
        (["claim", "output"], 99),
        (["claim", "program"], []),
        (["claim", "program", 0], ["mul", 0, 5]),
        (["claim", "program", 0], ["gamma", 0]),
        (["claim", "program", 0], ["mul", 0]),
        (["claim", "vars"], ["x", "x"]),
        (["claim", "vars"], ["x"]),
        (["claim", "note"], "1"),
        (["proof", "inner"], "0"),
        (["proof", "inner"], "1000"),
        (["proof", "inner"], "1/" + "1" + "0" * 90),
        (["proof", "bits"], 8),
        (["proof", "by"], "newton"),
        (["verdict"], "refuted"),
    ],
)
def test_a_changed_certificate_is_rejected(path, value):
    with pytest.raises(kernel.Rejected):
        kernel.check(changed(SADDLE, path, value))


def test_a_weaker_claim_is_still_accepted():
    assert kernel.check(changed(SADDLE, ["claim", "radius"], "1/100"))
    assert kernel.check(changed(SADDLE, ["claim", "value"], ["0", "1"]))


@settings(max_examples=60, deadline=None)
@given(
    st.fractions(-2, 2, max_denominator=50),
    st.fractions(-1, 1, max_denominator=50),
    st.fractions(0, 3, max_denominator=100),
    st.fractions(0, 1, max_denominator=1000),
)
def test_what_is_accepted_about_a_moved_box_is_true(x, y, radius, inner):
    """The critical points of x³/3 − x + cos y are (±1, kπ), saddles where x and cos y have one sign."""
    data = changed(changed(SADDLE, ["claim", "centre"], [str(x), str(y)]), ["claim", "radius"], str(radius))
    data["proof"]["inner"] = str(inner)
    data["claim"]["value"] = ["-10", "10"]
    try:
        kernel.check(data)
    except kernel.Rejected:
        return
    held = [(a, 0) for a in (-1, 1) if abs(x - a) <= radius and abs(y) <= radius]
    assert abs(y) + radius < Fraction(314, 100)
    assert held == [(1, 0)]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["claim", "points"], []),
        (["claim", "box", 0], ["-3", "5"]),
        (["claim", "box", 0], ["3", "-3"]),
        (["claim", "box", 0], ["0", "3"]),
        (["claim", "box"], [["-3", "3"]]),
        (["claim", "points", 0, "inertia"], [2, 0]),
        (["claim", "points", 1], {**ALL["claim"]["points"][0]}),
        (["proof", "leaves"], ALL["proof"]["leaves"][:-1]),
        (["proof", "leaves"], [*ALL["proof"]["leaves"], "none"]),
        (["proof", "leaves"], ["none"]),
        (["proof", "leaves"], [0]),
        (["proof", "leaves"], [7]),
        (["proof", "leaves"], ["all"]),
        (["proof", "leaves"], []),
        (["proof", "by"], "hope"),
        (["proof", "bits"], 1),
    ],
)
def test_a_changed_list_of_all_critical_points_is_rejected(path, value):
    with pytest.raises(kernel.Rejected):
        kernel.check(changed(ALL, path, value))


def test_no_leaf_can_be_turned_into_an_excluded_one_where_a_point_is():
    for k, leaf in enumerate(ALL["proof"]["leaves"]):
        if isinstance(leaf, int):
            point = ALL["claim"]["points"][leaf]
            data = changed(ALL, ["proof", "leaves", k], "none")
            try:
                kernel.check(data)
            except kernel.Rejected:
                continue
            assert point  # the leaf held no point itself: still true


def test_a_fresh_process_accepts_both_kinds(tmp_path):
    file = tmp_path / "certificates.json"
    file.write_text(json.dumps([SADDLE, ALL]), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "hessmath.verify.kernel", str(file)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("accepted: proved") == 2
    assert "exactly 2 critical points in [-3, 3] × [-2, 2]" in run.stdout
