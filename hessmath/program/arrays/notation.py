"""The SymPy names of what a program on arrays has: inputs, sizes, output indices and bound indices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.guarded import Symbols

Expr = Any

_FREE_LETTERS, _BOUND_LETTERS = "jklmpqrst", "iuvwabc"


@dataclass(frozen=True)
class Notation:
    """Names that do not clash.

    Attributes
    ----------
    sizes : the symbol of every size
    inputs : IndexedBase, or Symbol of a number, of every input
    taken : names that are not to be used for indices
    """

    sizes: Mapping[str, Expr]
    inputs: Mapping[str, Expr]
    taken: frozenset[str]

    @staticmethod
    def of(f: ArrayProgram, given: Mapping[str, Expr]) -> Notation:
        """The names of a program; ``given`` says which symbols to use instead of new ones.

        Raises
        ------
        InputError
            If a name that is given belongs to no input or size.
        """
        inputs = (*f.variables, *f.parameters)
        unknown = [name for name in given if name not in inputs and name not in f.size_names]
        if unknown:
            raise InputError(f"{unknown[0]} is neither an input nor a size: {', '.join((*inputs, *f.size_names))}.")
        sizes = {name: given.get(name, sympy.Symbol(name, integer=True, positive=True)) for name in f.size_names}
        symbols = Symbols(sizes)
        found: dict[str, Expr] = {}
        for name in inputs:
            shape = tuple(symbols.affine(axis.size) for axis in f.shape(name))
            found[name] = given.get(name, sympy.IndexedBase(name, shape=shape) if shape else sympy.Symbol(name))
        return Notation(sizes, found, frozenset((*sizes, *found)))

    def free_indices(self, number: int) -> list[str]:
        """j, k, …: names for the indices of a result."""
        names = (letter if turn == 0 else f"{letter}_{turn}" for turn in count() for letter in _FREE_LETTERS)
        free = (name for name in names if name not in self.taken)
        return [next(free) for _ in range(number)]

    def bound_symbols(self) -> Iterator[Expr]:
        """i, i_1, i_2, …: symbols for the indices of sums."""
        letter = next((letter for letter in _BOUND_LETTERS if letter not in self.taken), "index")
        for turn in count():
            name = f"{letter}_{turn}" if turn else letter
            if name not in self.taken:
                yield sympy.Symbol(name, integer=True)
