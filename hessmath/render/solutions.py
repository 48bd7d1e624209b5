"""A solver's answer as text or JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hessmath.optimize import Solution


def as_text(solution: Solution, names: Sequence[str]) -> str:
    """The point, what was reached, the advice of the status and the price in evaluations."""
    point = ", ".join(f"{name} = {value:.17g}" for name, value in zip(names, solution.x, strict=True))
    lines = [
        f"{solution.status.name.lower().replace('_', ' ')}: {solution.status.advice}",
        f"  x         {point}",
        f"  f         {solution.value:.17g}",
        f"  |grad f|  {solution.gradient_norm:.3g}",
        f"  steps     {solution.steps}",
        f"  evaluated {_counts(solution)}",
    ]
    if solution.kind is not None:
        lines.append(f"  kind      {_kind_text(solution.kind)}")
    return "\n".join(lines)


def _counts(solution: Solution) -> str:
    return ", ".join(f"{name} {count}" for name, count in _evaluations(solution).items())


def _evaluations(solution: Solution) -> dict[str, int]:
    counts = solution.evaluations
    return {"f": counts.f, "gradient": counts.gradient, "hessian": counts.hessian, "hvp": counts.hvp}


def _kind_text(kind: Any) -> str:
    singular = ", Hessian singular" if kind.hessian_singular else ""
    return f"{kind.nature.value}{singular} ({kind.reason})" if kind.reason else f"{kind.nature.value}{singular}"


def as_json(solution: Solution, names: Sequence[str]) -> dict[str, Any]:
    """The same as plain data; numbers that are not finite become null."""
    kind = solution.kind
    return {
        "x": {name: _finite(value) for name, value in zip(names, solution.x, strict=True)},
        "value": _finite(solution.value),
        "gradient_norm": _finite(solution.gradient_norm),
        "status": solution.status.name.lower(),
        "advice": solution.status.advice,
        "success": solution.status.success,
        "steps": solution.steps,
        "evaluations": _evaluations(solution),
        "kind": None if kind is None else kind.nature.value,
        "hessian_singular": None if kind is None else kind.hessian_singular,
        "kind_reason": None if kind is None else kind.reason,
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
