"""The table of partial derivatives is what SymPy derives."""

import pytest
import sympy

from hessmath.program import PRIMITIVES, partials_table, read_back
from hessmath.program.partials import derived_partials, partials


def formula(tape):
    return tape and read_back(tape, [sympy.Symbol(name, real=True) for name in tape.names])


def formulas(partial):
    return partial and (partial.sign, formula(partial.numerator), formula(partial.denominator))


@pytest.mark.parametrize("name", partials_table.DERIVED)
def test_the_table_holds_what_is_derived(name):
    assert list(map(formulas, partials(name))) == list(map(formulas, derived_partials(name)))


def test_every_row_of_the_table_is_a_primitive():
    assert set(partials_table.DERIVED) <= {row.name for row in PRIMITIVES if row.arity}


def test_a_row_that_is_not_in_the_table_is_derived():
    assert partials_table.split("zeta") is None
    assert partials("zeta")[0].sign == 0 and partials("zeta")[1].sign == -1
