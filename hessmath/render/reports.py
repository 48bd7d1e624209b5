"""A run beside what theory promises, as text, HTML and JSON."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hessmath.optimize.law import Law
    from hessmath.optimize.solution import Solution
    from hessmath.optimize.theory import Theory

__all__ = ["Report"]

_SEEN = {True: "yes", False: "no", None: "not seen"}


@dataclass(frozen=True, repr=False)
class Report:
    """What a run did and what the laws about its method say; ``str``, ``_repr_html_`` and ``as_json``.

    ``theory`` is None where there is nothing to compare, and ``reason`` says why.
    """

    solution: Solution
    theory: Theory | None
    reason: str = ""

    def __str__(self) -> str:
        lines = [_headline(self.solution), f"  {self.solution.status.advice}"]
        if self.theory is None:
            return "\n".join([*lines, f"  {self.reason}"])
        lines.append(f"  {_quantities(self.theory)}")
        if not self.theory.laws:
            lines.append(f"  {_no_law(self.solution)}")
        for law in self.theory.laws:
            lines += [f"  {_verdict(law)}", f"    {law.formula}; {law.source}"]
            lines += [f"    assumed: {a.text}: {_SEEN[a.seen]}" for a in law.assumptions]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same as a table; everything is escaped."""
        parts = [f"<p><b>{html.escape(_headline(self.solution))}</b><br>{html.escape(self.solution.status.advice)}</p>"]
        if self.theory is None:
            return f'<div class="hessmath-report">{parts[0]}<p>{html.escape(self.reason)}</p></div>'
        parts.append(f"<p>{html.escape(_quantities(self.theory))}</p>")
        if not self.theory.laws:
            parts.append(f"<p>{html.escape(_no_law(self.solution))}</p>")
        else:
            head = "".join(f"<th>{word}</th>" for word in ("law", "bound", "observed", "", "assumed", "source"))
            parts.append(f"<table><tr>{head}</tr>{''.join(map(_row, self.theory.laws))}</table>")
        return f'<div class="hessmath-report">{"".join(parts)}</div>'

    def as_json(self) -> dict[str, Any]:
        """Plain data; numbers that are not finite become null."""
        s = self.solution
        found: dict[str, Any] = {
            "method": repr(s.method),
            "status": s.status.name.lower(),
            "steps": s.steps,
            "value": _number(s.value),
            "gradient_norm": _number(s.gradient_norm),
            "reason": self.reason or None,
        }
        if self.theory is not None:
            seen = self.theory.course
            found["condition"] = _number(seen.condition)
            found["eigenvalues"] = [_number(float(seen.eigenvalues[0])), _number(float(seen.eigenvalues[-1]))]
            found["distinct_eigenvalues"] = seen.distinct
            found["quadratic"] = seen.is_quadratic
            found["laws"] = [_law_json(law) for law in self.theory.laws]
        return found


def _headline(solution: Solution) -> str:
    steps = "1 step" if solution.steps == 1 else f"{solution.steps} steps"
    return (
        f"{solution.method!r}: {solution.status.name} after {steps}, f = {solution.value:.10g}, "
        f"‖∇f‖ = {solution.gradient_norm:.2g}"
    )


def _quantities(theory: Theory) -> str:
    seen = theory.course
    low, high = float(seen.eigenvalues[0]), float(seen.eigenvalues[-1])
    spectrum = f"eigenvalues of the Hessian at x* from {low:.4g} to {high:.4g}, {seen.distinct} distinct"
    if seen.is_minimum:
        return f"κ = {seen.condition:.6g} ({spectrum})"
    if math.isinf(seen.condition):
        return f"κ = ∞: the Hessian at x* is singular to rounding ({spectrum})"
    return f"x* is not a minimum, so that κ is not defined ({spectrum})"


def _no_law(solution: Solution) -> str:
    return f"No bound with numbers is known for {type(solution.method).__name__}."


def _verdict(law: Law) -> str:
    parts = [f"observed {law.observed:.6g}" if law.observed is not None else "not observed"]
    if law.bound is not None:
        parts.append(f"bound {law.bound:.6g}")
    note = f" ({law.note})" if law.note else ""
    return f"{law.name}: {', '.join(parts)}: {law.outcome.value}{note}"


def _row(law: Law) -> str:
    cells = [
        f"{html.escape(law.name)}<br><small>{html.escape(law.formula)}</small>",
        "" if law.bound is None else f"{law.bound:.6g}",
        "" if law.observed is None else f"{law.observed:.6g}",
        f"{html.escape(law.outcome.value)}<br><small>{html.escape(law.note)}</small>",
        "<br>".join(f"{html.escape(a.text)}: {_SEEN[a.seen]}" for a in law.assumptions),
        html.escape(law.source),
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _law_json(law: Law) -> dict[str, Any]:
    return {
        "name": law.name,
        "formula": law.formula,
        "source": law.source,
        "outcome": law.outcome.value,
        "bound": _number(law.bound),
        "observed": _number(law.observed),
        "note": law.note,
        "assumptions": [{"text": a.text, "seen": a.seen} for a in law.assumptions],
    }


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
