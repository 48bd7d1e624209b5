"""Better forms: exact rewrites of a program where computing it as it was written cancels or overflows.

Each rewrite is a row of ``FORMS``: a pattern, its replacement, and the reason.  A row is an identity between real
functions with one domain, proved in ``forms_proof.py`` by the programs of both sides run over SymPy.  Most replacements
are primitives whose meaning in the op table *is* the pattern (``log1p`` means log(1 + x)), so that reading back gives
the formula as it was written, and derivatives come from the same table.  What was applied is kept in
``tape.rewrites``.

Which list of passes runs is the switch: ``STANDARD`` looks for better forms, ``LITERAL`` keeps the formula as written.

Three identities are left out on purpose.  log x − log y → log(x/y) is defined for two negative numbers as well, and x/y
can overflow where the logarithms do not.  x² − y² → (x − y)(x + y) makes ∂²/∂x∂y, which is structurally 0, a
difference 1 − 1, and the gradient longer.  tanh′ = 1 − tanh² → 1/cosh² costs a call for each derivative on the hot
path of every network; 1 − tanh² loses digits only where it is small, and its absolute error stays at 2⁻⁵³.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property

import numpy as np

from hessmath.program.form_families import Found, log_of_one_plus, log_of_sum, share_of_sum
from hessmath.program.passes import LITERAL, Pass, clean, drop_dead, rewritten, run_passes, simplify
from hessmath.program.primitives import CONSTANT, INPUT, OPCODE, PRIMITIVES
from hessmath.program.tape import Tape, TapeBuilder
from hessmath.program.terms import Term, match_call, may_be, names_in, text, write_term

__all__ = ["FORMS", "LITERAL", "STANDARD", "Family", "Form", "refined", "stabilise"]


@dataclass(frozen=True)
class Form:
    """One rewrite with a pattern of fixed size.

    Attributes
    ----------
    pattern : the operation as it is written; a variable that occurs twice must be the same slot
    replacement : what is written instead
    why : what goes wrong with the pattern
    """

    pattern: tuple[str | Term, ...]
    replacement: Term
    why: str

    @cached_property
    def identity(self) -> str:
        """The rewrite in words: ``log(1 + u) → log1p(u)``."""
        return f"{text(self.pattern)} → {text(self.replacement)}"

    @property
    def root(self) -> str:
        """The primitive at the top of the pattern."""
        return str(self.pattern[0])

    @cached_property
    def needs(self) -> frozenset[int]:
        """Opcodes without which the pattern cannot occur."""
        return _opcodes(*names_in(self.pattern) - {"neg"})  # −u hides in c·u

    @cached_property
    def gives(self) -> frozenset[int]:
        """Opcodes that the replacement may bring."""
        return _opcodes(*names_in(self.replacement))

    @property
    def examples(self) -> tuple[tuple[Term, Term], ...]:
        """Both sides, for the proof."""
        return ((self.pattern, self.replacement),)

    def may_match(self, name: str, *heads: str) -> bool:
        """Whether the pattern can match an operation on operands of these primitives."""
        orders = (heads, heads[::-1]) if PRIMITIVES[OPCODE[name]].commutative else (heads,)
        return name == self.root and any(all(map(may_be, self.pattern[1:], order)) for order in orders)

    def apply(self, builder: TapeBuilder, name: str, operands: tuple[int, ...]) -> Found:
        """The replacement of an operation about to be written, or None where the pattern does not match."""
        bound = match_call(builder, self.pattern, name, operands, {})
        return None if bound is None else (write_term(builder, self.replacement, bound), self.identity)


@dataclass(frozen=True)
class Family:
    """Rewrites of sums and products of any length, done by a function; ``examples`` are the instances to prove."""

    root: str
    heads: frozenset[str]  # what the last operand can be
    needs: frozenset[int]
    gives: frozenset[int]
    apply: Callable[[TapeBuilder, str, tuple[int, ...]], Found]
    examples: tuple[tuple[Term, Term], ...]
    why: str

    @property
    def identity(self) -> str:
        """The first instance in words."""
        before, after = self.examples[0]
        return f"{text(before)} → {text(after)}"

    def may_match(self, name: str, *heads: str) -> bool:
        """Whether an instance can match an operation on operands of these primitives."""
        return name == self.root and heads[-1] in self.heads


def stabilise(tape: Tape) -> Tape:
    """The tape with every better form of ``FORMS`` put in; ``rewrites`` says which and how often.

    Examples
    --------
    >>> builder = TapeBuilder(("u",))
    >>> above = builder.emit("add", builder.constant(1), builder.emit("exp", 0))
    >>> better = drop_dead(stabilise(builder.build([builder.emit("log", above)])))
    >>> print(better)
    0  u
    1  softplus 0
    → 1
    >>> better.rewrites
    ('log(1 + exp(u)) → softplus(u)',)
    """
    possible = _possible(frozenset(np.flatnonzero(np.bincount(tape.code)).tolist()))
    if not possible:
        return tape
    roots = {row.root for row in possible}
    candidates: dict[tuple[str, ...], list[Form | Family]] = {}  # by an operation and what its operands are
    done: list[tuple[str, set[int]]] = []  # each rewrite and the slots that it wrote

    def rule(builder: TapeBuilder, name: str, operands: tuple[int, ...]) -> int | None:
        slot = None
        while True:
            found, before = None, len(builder)
            if name in roots:
                key = (name, *(builder.row(k)[0] for k in operands))
                if key not in candidates:
                    candidates[key] = [row for row in possible if row.may_match(*key)]
                found = _first(candidates[key], builder, name, operands)
            if found is None:
                return slot
            slot, identity = found
            done.append((identity, {slot, *range(before, len(builder))}))
            name, operands = builder.row(slot)  # log(σ(u)) after log(1/(1 + e⁻ᵘ))

    better = rewritten(tape, rule)
    if not done:
        return tape
    live = _live(better)
    counts = Counter(identity for identity, written in done if not live.isdisjoint(written))
    rewrites = (*tape.rewrites, *(_times(identity, count) for identity, count in counts.items()))
    return Tape(better.names, better.code, better.operands, better.constants, better.outputs, better.shape, rewrites)


STANDARD: tuple[Pass, ...] = (simplify, stabilise, drop_dead)
"""What lowering runs unless it is told otherwise."""


def refined(derived: Tape, passes: Sequence[Pass]) -> Tape:
    """A derivative after these passes; it is clean already, so the passes of ``LITERAL`` run only if others changed it.

    The derivative of x − sin x is 1 − cos x: what invites a better form need not be in f.
    """
    better = run_passes(derived, [one for one in passes if one not in LITERAL])
    return derived if better is derived else clean(better)


@cache
def _possible(present: frozenset[int]) -> Sequence[Form | Family]:
    """The rows that can match where these opcodes occur, or come to occur by other rows."""
    chosen: list[Form | Family] = []
    for _ in FORMS:
        found = [row for row in FORMS if row.needs <= present]
        if len(found) == len(chosen):
            break
        chosen, present = found, present.union(*(row.gives for row in found))
    return chosen


def _first(rows: Iterable[Form | Family], builder: TapeBuilder, name: str, operands: tuple[int, ...]) -> Found:
    for row in rows:
        found = row.apply(builder, name, operands)
        if found is not None:
            return found
    return None


def _live(tape: Tape) -> set[int]:
    """The slots that an output needs, constants left out."""
    needed = bytearray(len(tape))
    for slot in tape.outputs.tolist():
        needed[slot] = 1
    for slot in range(len(tape) - 1, -1, -1):
        code, *operands = tape.rows[slot]
        if needed[slot] and code not in (INPUT, CONSTANT):
            for k in operands[: PRIMITIVES[code].arity]:
                needed[k] = 1
    return {slot for slot, wanted in enumerate(needed) if wanted and tape.rows[slot][0] != CONSTANT}


def _times(identity: str, count: int) -> str:
    if count == 1:
        return identity
    return f"{identity}, {'twice' if count == 2 else f'{count} times'}"


# ---- the table -----------------------------------------------------------------------------------------

_E: Term = ("exp", "u")
_E_MINUS: Term = ("exp", ("neg", "u"))
_HALF = Fraction(1, 2)
_ONE_PLUS_E: Term = ("add", 1, _E)
_SQUARE: Term = ("mul", "u", "u")


def _opcodes(*names: str) -> frozenset[int]:
    return frozenset(OPCODE[name] for name in names)


FORMS: tuple[Form | Family, ...] = (
    # logarithms
    Form(("log", _E), "u", "exp overflows"),
    Form(("log", _ONE_PLUS_E), ("softplus", "u"), "exp overflows; the sum drops a small exp(u)"),
    Form(("log", ("sigmoid", "u")), ("neg", ("softplus", ("neg", "u"))), "sigmoid underflows or rounds to 1"),
    Form(("log", ("add", "u", ("sqrt", ("add", 1, _SQUARE)))), ("asinh", "u"), "cancels for u < 0"),
    Form(("log", ("div", ("add", 1, "u"), ("sub", 1, "u"))), ("mul", 2, ("atanh", "u")), "rounds u away near 0"),
    Family(
        "log",
        frozenset({"add"}),
        _opcodes("log", "add", "exp"),
        _opcodes("logaddexp", "softplus"),
        log_of_sum,
        (
            (("log", ("add", ("exp", "u"), ("exp", "v"))), ("logaddexp", "u", "v")),
            (
                ("log", ("add", ("add", ("exp", "u"), ("exp", "v")), ("exp", "w"))),
                ("logaddexp", ("logaddexp", "u", "v"), "w"),
            ),
            (("log", ("add", ("add", 1, ("exp", "u")), ("exp", "v"))), ("logaddexp", ("softplus", "u"), "v")),
            (
                ("log", ("add", ("add", ("exp", "u"), ("exp", "v")), ("add", ("exp", "w"), ("exp", "z")))),
                ("logaddexp", ("logaddexp", "u", "v"), ("logaddexp", "w", "z")),
            ),
        ),
        "exp overflows, or all of them underflow",
    ),
    Family(
        "log",
        frozenset({"add", "sub"}),
        _opcodes("log", "constant"),
        _opcodes("log1p"),
        log_of_one_plus,
        (
            (("log", ("add", 1, "u")), ("log1p", "u")),
            (("log", ("sub", 1, "u")), ("log1p", ("neg", "u"))),
            (("log", ("sub", ("add", "u", 1), "v")), ("log1p", ("sub", "u", "v"))),
            (("log", ("sub", ("sub", 1, "u"), "v")), ("log1p", ("neg", ("add", "u", "v")))),
            (("log", ("sub", "u", ("sub", "v", 1))), ("log1p", ("sub", "u", "v"))),
        ),
        "the sum drops a small u",
    ),
    # logistic functions
    Form(("div", 1, _ONE_PLUS_E), ("sigmoid", ("neg", "u")), "one call with the derivatives of a sigmoid"),
    Form(("sub", 1, ("sigmoid", "u")), ("sigmoid", ("neg", "u")), "cancels for large u"),
    Form(("sub", ("softplus", "u"), "u"), ("softplus", ("neg", "u")), "cancels for large u"),
    # hyperbolic functions
    Form(("div", ("sub", _E, _E_MINUS), ("add", _E, _E_MINUS)), ("tanh", "u"), "∞/∞ for large u; cancels near 0"),
    Form(("div", ("expm1", "u"), _ONE_PLUS_E), ("tanh", ("mul", "u", _HALF)), "∞/∞ for large u"),
    Form(("div", ("neg", ("expm1", "u")), _ONE_PLUS_E), ("neg", ("tanh", ("mul", "u", _HALF))), "∞/∞ for large u"),
    Form(("div", ("sinh", "u"), ("cosh", "u")), ("tanh", "u"), "∞/∞ for large u"),
    Form(("div", ("cosh", "u"), ("sinh", "u")), ("div", 1, ("tanh", "u")), "∞/∞ for large u"),
    Form(("div", ("sub", _E, _E_MINUS), 2), ("sinh", "u"), "cancels near 0"),
    Form(("sub", ("mul", _E, _HALF), ("mul", _E_MINUS, _HALF)), ("sinh", "u"), "cancels near 0"),
    Form(("div", ("add", _E, _E_MINUS), 2), ("cosh", "u"), "one call instead of two"),
    Form(("add", ("mul", _E, _HALF), ("mul", _E_MINUS, _HALF)), ("cosh", "u"), "one call instead of two"),
    Family(
        "div",
        frozenset({"add", "mul"}),
        _opcodes("div", "add", "exp"),
        _opcodes("sigmoid", "logaddexp", "softplus"),
        share_of_sum,
        (
            (("div", _E, _ONE_PLUS_E), ("sigmoid", "u")),
            (("div", _E, ("mul", _ONE_PLUS_E, _ONE_PLUS_E)), ("mul", ("sigmoid", "u"), ("sigmoid", ("neg", "u")))),
            (
                (
                    "div",
                    ("mul", "v", ("exp", ("mul", 2, "u"))),
                    ("mul", ("mul", _ONE_PLUS_E, _ONE_PLUS_E), _ONE_PLUS_E),
                ),
                ("mul", "v", ("mul", ("mul", ("sigmoid", "u"), ("sigmoid", "u")), ("sigmoid", ("neg", "u")))),
            ),
            (("div", _E, ("add", _E, ("exp", "v"))), ("sigmoid", ("sub", "u", "v"))),
            (
                ("div", _E, ("add", ("add", _E, ("exp", "v")), ("exp", "w"))),
                ("exp", ("sub", "u", ("logaddexp", ("logaddexp", "u", "v"), "w"))),
            ),
        ),
        "∞/∞ for large u",
    ),
    # differences
    Form(("sub", _E, 1), ("expm1", "u"), "cancels near 0"),
    Form(("add", _E, -1), ("expm1", "u"), "cancels near 0"),
    Form(("sub", 1, _E), ("neg", ("expm1", "u")), "cancels near 0"),
    Form(("sub", ("cos", "u"), 1), ("cosm1", "u"), "cancels near 0; computed as −2 sin²(u/2)"),
    Form(("add", ("cos", "u"), -1), ("cosm1", "u"), "cancels near 0; computed as −2 sin²(u/2)"),
    Form(("sub", 1, ("cos", "u")), ("neg", ("cosm1", "u")), "cancels near 0; computed as 2 sin²(u/2)"),
    Form(("sub", 1, ("erf", "u")), ("erfc", "u"), "cancels for large u"),
    Form(("sub", ("sqrt", ("add", 1, "u")), 1), ("sqrt1pm1", "u"), "cancels near 0; computed as u/(1 + √(1 + u))"),
    Form(("add", ("sqrt", ("add", 1, "u")), -1), ("sqrt1pm1", "u"), "cancels near 0; computed as u/(1 + √(1 + u))"),
    Form(("sub", 1, ("sqrt", ("add", 1, "u"))), ("neg", ("sqrt1pm1", "u")), "cancels near 0"),
    Form(("sub", ("sqrt", ("sub", 1, "u")), 1), ("sqrt1pm1", ("neg", "u")), "cancels near 0"),
    Form(("sub", 1, ("sqrt", ("sub", 1, "u"))), ("neg", ("sqrt1pm1", ("neg", "u"))), "cancels near 0"),
    # roots
    Form(("sqrt", _SQUARE), ("abs", "u"), "the square overflows or underflows"),
    Form(("mul", ("sign", "u"), ("pow", ("abs", "u"), Fraction(1, 3))), ("cbrt", "u"), "one call, one rounding"),
    Form(("sqrt", ("add", _SQUARE, ("mul", "v", "v"))), ("hypot", "u", "v"), "the squares overflow or underflow"),
)
"""The rewrites, tried from the first to the last."""
