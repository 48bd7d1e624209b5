"""Claims about one scalar function, by kind; each family of certificates has its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hessmath.verify.kernel.convex import convexity
from hessmath.verify.kernel.critical import critical_point
from hessmath.verify.kernel.limits import asymptotic, limit
from hessmath.verify.kernel.points import point_claim
from hessmath.verify.kernel.trees import Json


def _critical_box(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    from hessmath.verify.kernel.boxes import critical_box  # needs python-flint, which no other family does

    return critical_box(obj, verdict, proof)


def _critical_region(obj: Json, verdict: str, proof: Json) -> tuple[str, str, set[str]]:
    from hessmath.verify.kernel.regions import critical_region

    return critical_region(obj, verdict, proof)


Kind = Callable[[Json, str, Json], tuple[str, str, set[str]]]
KINDS: Mapping[str, Kind] = {
    "critical_point": critical_point,
    "critical_box": _critical_box,
    "critical_region": _critical_region,
    "convexity": convexity,
    "point": point_claim,
    "limit": limit,
    "asymptotic": asymptotic,
}
