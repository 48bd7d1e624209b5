"""Claims, verdicts and the deciders that lead from one to the other.

The names below are loaded on first use; importing this package loads the standard library only, so
that the trusted checker in ``hessmath.verify.kernel`` runs in a process without SymPy and without the search.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "Claim": "claims",
    "Certificate": "verdicts",
    "Counterexample": "verdicts",
    "IllPosed": "verdicts",
    "Proved": "verdicts",
    "Refuted": "verdicts",
    "Tested": "verdicts",
    "Undecided": "verdicts",
    "Vacuous": "verdicts",
    "Verdict": "verdicts",
    "check": "pipeline",
    "claim": "reading",
    "read_claim": "reading",
    "read_paths": "files",
    "meets": "verdicts",
    "Repair": "repairs",
    "repair": "repairs",
    "strength": "verdicts",
    "weakest": "verdicts",
}

_MODULES = ("ledger",)

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _HOME and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
