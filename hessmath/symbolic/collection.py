"""All test problems: the gallery, the rest of Moré, Garbow and Hillstrom, and further classics."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hessmath.symbolic import further_classics, more_garbow_hillstrom
from hessmath.symbolic.gallery import Classic, gallery

collection: Mapping[str, Classic] = MappingProxyType(
    dict(gallery) | {c.name: c for c in (*more_garbow_hillstrom.TABLE, *further_classics.TABLE)}
)
"""Every problem by name, the gallery's first: ``collection["meyer"]``."""
