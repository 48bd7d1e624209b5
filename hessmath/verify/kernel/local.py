"""Claims about one scalar function, by kind; each family of certificates has its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hessmath.verify.kernel.convex import convexity
from hessmath.verify.kernel.critical import critical_point
from hessmath.verify.kernel.limits import asymptotic, limit
from hessmath.verify.kernel.points import point_claim
from hessmath.verify.kernel.trees import Json

Kind = Callable[[Json, str, Json], tuple[str, str, set[str]]]
KINDS: Mapping[str, Kind] = {
    "critical_point": critical_point,
    "convexity": convexity,
    "point": point_claim,
    "limit": limit,
    "asymptotic": asymptotic,
}
