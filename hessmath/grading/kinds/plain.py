"""Exact values as answers: texts and nested lists that are read back to the same values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.language import to_text
from hessmath.symbolic.to_tree import from_sympy


def plain(value: Any) -> Any:
    """An answer that says this value.

    Raises
    ------
    InputError
        If the value is no expression, matrix, relation of them or collection of such.

    Examples
    --------
    >>> plain(sympy.Matrix([[1, sympy.sqrt(2)], [0, 3]]))
    [['1', 'sqrt(2)'], ['0', '3']]
    """
    if hasattr(value, "matrix"):  # a table of exact numbers
        return plain(value.matrix)
    if isinstance(value, sympy.MatrixBase):
        if value.cols == 1:
            return [plain(entry) for entry in value]
        return [[plain(value[i, j]) for j in range(value.cols)] for i in range(value.rows)]
    if isinstance(value, sympy.Expr):
        return to_text(from_sympy(value))
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, str):
        return value
    raise InputError(f"A right answer of this exercise cannot be written as text: it is {type(value).__name__}.")
