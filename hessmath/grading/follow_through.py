"""Marks for method: a later part judged against the student's own earlier value.

A field of an exercise may be the answer of an earlier one (``depends = {matrix = "1a"}``).  When the earlier answer
was wrong and the later one does not fit the truth, the later exercise is derived again from what the student had, and
an answer that fits that earns ``method`` of its points.  An own value that makes the later part easier than it was
meant to be earns nothing: see ``easier``.
"""

from __future__ import annotations

from typing import Any

import sympy


def easier(own: Any, right: Any) -> str | None:
    """Why a student's own value would make the rest trivial, as the key of a message; None if it does not.

    Examples
    --------
    >>> easier(sympy.zeros(2), sympy.Matrix([[2, 1], [1, 2]])), easier(sympy.Integer(3), sympy.Integer(2))
    ('own_value_zero', None)
    """
    if isinstance(right, sympy.MatrixBase):
        if not isinstance(own, sympy.MatrixBase) or own.shape != right.shape:
            return "own_value_other_shape"
        if own.is_zero_matrix:
            return "own_value_zero"
        if own.is_square and own.is_diagonal() and not right.is_diagonal():
            return "own_value_diagonal"
        if 2 * _nonzero(own) <= _nonzero(right):
            return "own_value_simpler"
        return _fewer_symbols(own, right)
    if isinstance(right, sympy.Expr):
        if not isinstance(own, sympy.Expr) or isinstance(own, sympy.MatrixBase):
            return "own_value_other_shape"
        if own == 0 and right != 0:
            return "own_value_zero"
        return _fewer_symbols(own, right)
    if isinstance(right, tuple) and (not isinstance(own, tuple) or len(own) != len(right)):
        return "own_value_other_shape"
    return None


def _nonzero(A: sympy.MatrixBase) -> int:
    return sum(entry != 0 for entry in A)


def _fewer_symbols(own: Any, right: Any) -> str | None:
    return "own_value_simpler" if len(own.free_symbols) < len(right.free_symbols) else None
