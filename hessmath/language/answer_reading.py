"""The front of the language of answers: what a student wrote, in, one tree out.

Plain text and LaTeX are read by one tokenizer and one grammar, tolerantly: implied products, functions without
parentheses, Unicode signs, matrices in any notation.  Whatever comes out is bounded in size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hessmath.errors import FormulaError
from hessmath.language.answer_bounds import check_answer
from hessmath.language.answer_grammar import answer_tree
from hessmath.language.answer_names import resolved
from hessmath.language.answer_tokens import answer_tokens
from hessmath.language.tree import Node


@dataclass(frozen=True)
class Written:
    """An answer as it was written: its tree, and the labels before an = that were dropped."""

    tree: Node
    labels: tuple[str, ...] = ()


def parse_answer(
    text: str, names: Iterable[str] = (), *, imaginary: bool = False, decimal_comma: bool = False
) -> Written:
    """What a student wrote, as a tree that keeps how it was written.

    Parameters
    ----------
    text : plain text or LaTeX, at most 10,000 characters
    names : the declared names; ``x_1`` and ``x1`` are one name
    imaginary : whether i is the imaginary unit
    decimal_comma : whether 0,5 is a half; entries of lists are then separated by semicolons

    Raises
    ------
    FormulaError
        With one sentence for the student: what cannot be read and what to write.

    Examples
    --------
    >>> from hessmath.language.answer_echo import to_latex
    >>> to_latex(parse_answer(r"f'(x) = 2x\\cos(x^2)", ["x"]).tree)
    '2 x \\\\cos\\\\left(x^{2}\\\\right)'
    >>> parse_answer("2y", ["x"])
    Traceback (most recent call last):
    ...
    hessmath.errors.FormulaError: Cannot read "2y" at column 2: y is not a name of this exercise; its names are x.
    """
    if not isinstance(text, str):
        raise FormulaError(f"An answer is text, but this is {type(text).__name__}.")
    pieces = answer_tokens(text, decimal_comma=decimal_comma)
    tokens, labels = resolved(pieces, names, text, imaginary=imaginary)
    if not tokens:
        raise FormulaError("The answer is empty; write a value such as 2*x + 1.")
    tree = answer_tree(tokens, text)
    check_answer(tree, text)
    return Written(tree, labels)
