"""Domains as conditions."""

from __future__ import annotations

import pytest

from hessmath.errors import InputError
from hessmath.language import parse_conditions, to_text

CONDITIONS = [
    ("R", ["x"], []),
    ("all", ["x"], []),
    ("R^2", ["x", "y"], []),
    ("ℝ²", ["x", "y"], []),
    ("R**n", ["x", "y"], []),
    ("[-1, 1]", ["x"], ["x >= -1", "x <= 1"]),
    ("[0, pi)", ["x", "y"], ["x >= 0", "x < pi", "y >= 0", "y < pi"]),
    ("[1, 1]", ["x"], ["x >= 1", "x <= 1"]),
    ("(0, oo)", ["x"], ["x > 0"]),
    ("(-oo, 2)", ["x"], ["x < 2"]),
    ("(-∞, ∞)", ["x"], []),
    (["x > 0", "y > 0"], ["x", "y"], ["x > 0", "y > 0"]),
    ("x > 0, y > 0", ["x", "y"], ["x > 0", "y > 0"]),
    ("Max(x, y) > 0, x != y", ["x", "y"], ["Max(x, y) > 0", "x != y"]),
    ("x, y > 0", ["x", "y"], ["x > 0", "y > 0"]),
    ("x > 0 and y > 0", ["x", "y"], ["x > 0", "y > 0"]),
    ("x > 0 or y > 0", ["x", "y"], ["x > 0 or y > 0"]),
    ("not x > 0", ["x"], ["not x > 0"]),
    ("|x| <= 1", ["x"], ["x <= 1", "x >= -1"]),
    ("1 > |x - y|", ["x", "y"], ["x - y < 1", "x - y > -1"]),
    ("-1 < x < 1", ["x"], ["-1 < x", "x < 1"]),
    ("Ne(x, 0)", ["x"], ["x != 0"]),
]


@pytest.mark.parametrize(("domain", "names", "expected"), CONDITIONS)
def test_domains_become_conditions(domain, names, expected):
    assert [to_text(c) for c in parse_conditions(domain, names)] == expected


def test_an_interval_is_not_meant_for_the_parameters():
    assert [to_text(c) for c in parse_conditions("(0, a]", ["x"], parameters=["a"])] == ["x > 0", "x <= a"]
    assert [to_text(c) for c in parse_conditions("x, a > 0", ["x"], parameters=["a"])] == ["x > 0", "a > 0"]


REFUSED = [
    ("x + 1", "A domain is text such as"),
    ("x in R", "write the product as x*in"),
    ([3], "but this is '3'"),
    ("x,", "A condition is missing in"),
    ("x > 0,", "A condition is missing in"),
    ("x", "does not say what holds for x"),
    ("0 < x < 1, y", "does not say what holds for y"),
    ("x, 0 < y < 1", "lists names"),
    ("[1, -1]", "The interval [1, -1] is empty"),
    ("(1, 1]", "is empty"),
    ("[oo, 1]", "is empty"),
    ("[z, 1]", "z is not one of the declared names (x, y)"),
    ("", "A condition is missing"),
]


@pytest.mark.parametrize(("domain", "message"), REFUSED)
def test_what_is_no_domain_is_refused(domain, message):
    with pytest.raises(InputError) as caught:
        parse_conditions(domain, ["x", "y"])
    assert message in str(caught.value)
