"""Verdicts: what is known about a claim, and how it is known.

A verdict is never a bool: "not proved" is not "false", and "no counterexample found" is not "true".
Match on its class, or compare ``verdict.name``.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from hessmath.errors import InputError
from hessmath.verify.claims import AtPoint, Claim, CriticalPoint, Limit

if TYPE_CHECKING:
    from hessmath.verify.repairs import Repair


@dataclass(frozen=True)
class Certificate:
    """The evidence for a verdict as plain data; ``check`` needs no search and no trust in it.

    Examples
    --------
    >>> Certificate({"format": "hessmath-certificate-1"}).to_json()
    '{"format": "hessmath-certificate-1"}'
    """

    data: Mapping[str, Any]

    def check(self) -> Any:
        """The statement that the trusted checker accepts, re-derived from the claim in the certificate.

        Raises
        ------
        hessmath.verify.kernel.Rejected
            If the certificate does not establish it.
        """
        from hessmath.verify import kernel

        return kernel.check(dict(self.data))

    def to_json(self) -> str:
        """The certificate as JSON text."""
        return json.dumps(self.data, ensure_ascii=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the JSON to a file; a reader sees the old file or the whole new one, never a part."""
        target = Path(path)
        handle, temporary = tempfile.mkstemp(prefix=target.name, suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(self.to_json() + "\n")
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
        return target

    @property
    def terms(self) -> int:
        """How many combination terms the proof uses."""
        return _count_terms(self.data.get("proof"))


@dataclass(frozen=True)
class Counterexample:
    """Exact values at which the claim fails (or is undefined): smallest sizes and numbers found."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __str__(self) -> str:
        parts = [f"{name} = {size}" for name, size in self.sizes.items()]
        parts += [f"{name} = {_value_text(value)}" for name, value in self.values.items()]
        shown = ", ".join(parts)
        return f"{shown}: {self.note}" if shown and self.note else shown or self.note


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What all verdicts share: the claim, for which sizes it is settled, at what price, on what axioms."""

    claim: Claim | None = field(default=None, repr=False)
    scope: str = ""
    axioms: tuple[str, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    statement: str = ""
    """The statement as the trusted checker printed it; empty when there is no certificate."""
    parts: tuple[Verdict, ...] = field(default=(), repr=False)
    """Of a claim that is several (a derivation): the verdict of each part, in order."""

    @property
    def name(self) -> str:
        """``proved``, ``refuted``, ``ill_posed``, ``vacuous``, ``tested`` or ``undecided``."""
        return _NAMES[type(self)]

    def leaves(self) -> Iterator[Verdict]:
        """The verdicts that have no parts: this one, or those of its parts."""
        for part in self.parts:
            yield from part.leaves()
        if not self.parts:
            yield self

    @property
    def first_bad(self) -> Verdict | None:
        """The first part that is not proved; the verdict itself when it has no parts and is not proved."""
        return next((verdict for verdict in self.leaves() if verdict.name != "proved"), None)

    @property
    def evidence(self) -> Certificate | None:
        """The certificate behind the verdict, if it has one."""
        return getattr(self, "certificate", None)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"A verdict is not a bool: this one is {self.name!r}. "
            "Use match/case on Proved, Refuted, IllPosed, Vacuous, Tested, Undecided, or compare verdict.name."
        )

    @property
    def hypotheses_not_needed(self) -> tuple[str, ...]:
        """Hypotheses without which the trusted checker accepts the very same proof, as text; checked when asked for."""
        return tuple(self._hypotheses(needed=False))

    @property
    def hypotheses_used(self) -> tuple[str, ...]:
        """The other hypotheses of a proof; that another proof needs fewer is not excluded."""
        return tuple(self._hypotheses(needed=True))

    def _hypotheses(self, needed: bool) -> Iterator[str]:
        if self.claim is None or self.evidence is None or self.parts or self.name != "proved":
            return
        from hessmath.language import to_text
        from hessmath.verify.needed_hypotheses import hypotheses_not_needed

        without = hypotheses_not_needed(self.evidence.data)
        for k, hypothesis in enumerate(self.claim.hypotheses):
            if (k in without) != needed:
                yield to_text(hypothesis)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes that the claim is about."""
        return self.claim.size_names if self.claim is not None else ()

    def repair(self) -> Repair | None:
        """The likeliest single edit that makes the claim provable, with its proof; None when none was found.

        Takes up to a few seconds; see ``hessmath.verify.repairs``.
        """
        if self.claim is None or self.name == "proved":
            return None
        from hessmath.verify.repairs import repair

        bad = self.first_bad
        return repair(bad.claim) if bad is not None and bad.claim is not None else None

    def __str__(self) -> str:
        return f"{self._place()}{self._headline()}{self._price()}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _headline(self) -> str:
        return self.name

    def _place(self) -> str:
        """Which part of a claim that is several decides."""
        if not self.parts:
            return ""
        if self.name == "proved":
            return f"All {len(self.parts)} steps: " if len(self.parts) > 1 else ""
        k = max(range(len(self.parts)), key=lambda i: (_ORDER.index(strength(self.parts[i])), -i))
        deciding = self.parts[k].claim
        shown = f" ({deciding.written or deciding.text})" if deciding is not None else ""
        return f"Step {k + 1} of {len(self.parts)}{shown}: "

    def _price(self) -> str:
        shown = []
        terms = sum(leaf.evidence.terms for leaf in self.leaves() if leaf.evidence is not None)
        if terms:
            shown.append(f"{terms} term{'s' * (terms != 1)}")
        if self.seconds:
            shown.append(f"{self.seconds * 1000:.0f} ms")
        return f"; {', '.join(shown)}" if shown else ""

    def _given(self) -> str:
        from hessmath.verify.wording import given

        return given(self.claim.hypotheses) if self.claim is not None else ""

    def explain(self) -> str:
        """The claim, the verdict, and the argument that the certificate holds, step by step."""
        from hessmath.verify.explanations import explained

        return explained(self)

    def _repr_html_(self) -> str:
        """The verdict in words, the claim, and the argument to unfold."""
        from html import escape

        claim = f"<code>{escape(self.claim.text)}</code><br>" if self.claim is not None else ""
        return (
            f'<div class="hessmath-verdict hessmath-{self.name}">{claim}{escape(str(self))}'
            f"<details><summary>argument</summary><pre>{escape(self.explain())}</pre></details></div>"
        )

    def _repr_latex_(self) -> str:
        """The claim and what is known about it."""
        from hessmath.verify.typeset import to_latex, words_in_latex

        word = words_in_latex(f"{self.name.replace('_', '-')}: ")
        if self.claim is None or self.claim.statement is None:
            body = words_in_latex(self.claim.text if self.claim is not None else str(self))
        else:
            given = r",\; ".join(map(to_latex, self.claim.hypotheses))
            body = to_latex(self.claim.statement) + (rf" \quad ({given})" if given else "")
        return f"${word} {body}$"


@dataclass(frozen=True, repr=False)
class Proved(Verdict):
    """A certificate exists that the trusted checker accepts; ``scope`` says for which sizes."""

    certificate: Certificate

    def _headline(self) -> str:
        from hessmath.verify.wording import for_sizes

        where = for_sizes(self.scope, self.sizes)
        return f"Proved{where}{self._given()}; axioms: {', '.join(self.axioms) or 'none'}"


@dataclass(frozen=True, repr=False)
class Refuted(Verdict):
    """The claim is false, as exact numbers show."""

    counterexample: Counterexample
    certificate: Certificate

    def _headline(self) -> str:
        return f"Refuted by {str(self.counterexample) or 'the numbers in it'}"


@dataclass(frozen=True, repr=False)
class IllPosed(Verdict):
    """Under the hypotheses the claim can be undefined; ``missing`` names the subexpression, with a witness."""

    missing: str
    counterexample: Counterexample | None = None
    certificate: Certificate | None = None

    def _headline(self) -> str:
        witness = f" at {self.counterexample}" if self.counterexample is not None else ""
        return f"Ill-posed: {self.missing}{witness}"


@dataclass(frozen=True, repr=False)
class Vacuous(Verdict):
    """No values satisfy the hypotheses."""

    certificate: Certificate

    def _headline(self) -> str:
        where = f" at {self.scope}" if self.scope.startswith("sizes") else ""
        match self.claim and self.claim.data:
            case CriticalPoint() | AtPoint():
                where = " at the point"
            case Limit(to=to):
                where = f" near {to}"
        return f"Vacuous: no values satisfy the hypotheses{where}{self._given()}"


@dataclass(frozen=True, repr=False)
class Tested(Verdict):
    """Only sampled or measured; ``figures`` says how."""

    figures: str

    __test__: ClassVar[bool] = False  # its name begins with Test, but pytest has nothing to collect here

    def _headline(self) -> str:
        return f"Tested only: {self.figures}"


@dataclass(frozen=True, repr=False)
class Undecided(Verdict):
    """Neither proved nor refuted; ``reason`` says what was tried."""

    reason: str

    def _headline(self) -> str:
        return f"Undecided: {self.reason}"


_NAMES: dict[type[Verdict], str] = {
    Proved: "proved",
    Refuted: "refuted",
    IllPosed: "ill_posed",
    Vacuous: "vacuous",
    Tested: "tested",
    Undecided: "undecided",
}

EXPECTATIONS = ("proved", "proved (sizes)", "refuted", "ill_posed", "vacuous", "tested", "undecided")
"""What ``expected`` may say; "proved" means every size, "proved (sizes)" the sizes listed in the scope."""


def strength(verdict: Verdict) -> str:
    """The verdict's name, with ``(sizes)`` where a proof covers listed sizes only."""
    listed = verdict.name == "proved" and verdict.scope.startswith("sizes")
    return "proved (sizes)" if listed else verdict.name


def meets(verdict: Verdict, expected: str) -> bool:
    """Whether the verdict is the expected one at the expected strength or better.

    A proof for every size meets "proved (sizes)" and "tested"; a proof never meets "refuted".

    Examples
    --------
    >>> full = Proved(Certificate({}), scope="all sizes")
    >>> meets(full, "proved (sizes)"), meets(full, "refuted")
    (True, False)
    >>> meets(Proved(Certificate({}), scope="sizes n = 1, 2"), "proved")
    False
    """
    if expected not in EXPECTATIONS:
        raise InputError(f"expected is {expected!r}, but a verdict is one of: {', '.join(EXPECTATIONS)}.")
    reached = strength(verdict)
    better = {"proved (sizes)": ("proved",), "tested": ("proved (sizes)", "proved")}
    return reached == expected or reached in better.get(expected, ())


def whole(claim: Claim, parts: Sequence[Verdict]) -> Verdict:
    """The verdict of a claim that is several: the weakest of its parts, which it keeps."""
    deciding = weakest(parts)
    return replace(
        deciding,
        claim=claim,
        axioms=tuple(dict.fromkeys(axiom for v in parts for axiom in v.axioms)),
        steps=sum(v.steps for v in parts),
        seconds=sum(v.seconds for v in parts),
        statement="",
        parts=tuple(parts),
    )


_ORDER = ("proved", "proved (sizes)", "tested", "undecided", "vacuous", "ill_posed", "refuted")


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a whole whose parts have these verdicts: the weakest of them.

    One refuted part refutes the whole; otherwise the least certain part decides.
    """
    listed = list(verdicts)
    if not listed:
        raise InputError("weakest needs at least one verdict, but got none.")
    return max(listed, key=lambda v: _ORDER.index(strength(v)))


def _count_terms(data: Any) -> int:
    if isinstance(data, Mapping):
        own = len(data["terms"]) if isinstance(data.get("terms"), list) else 0
        return own + sum(_count_terms(value) for value in data.values())
    return sum(map(_count_terms, data)) if isinstance(data, list) else 0


def _value_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value_text, value))}]"
    return str(value)
