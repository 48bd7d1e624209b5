"""The ledger of claims as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hessmath.verify.ledger import Entry, totals
from hessmath.verify.verdicts import strength

STYLES = {
    "proved": "green",
    "refuted": "red",
    "ill_posed": "magenta",
    "vacuous": "yellow",
    "tested": "cyan",
    "undecided": "yellow",
}


def show(entries: Sequence[Entry], console: Console | None = None) -> None:
    """Print every claim with the verdict reached and the one expected, scope, time and axioms, then the totals.

    Colours and borders adapt to the console; piped output is plain text of the same columns.
    """
    console = console or Console(soft_wrap=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("claim", overflow="fold", no_wrap=False)
    table.add_column("reached", no_wrap=True)
    table.add_column("expected", no_wrap=True)
    table.add_column("scope", overflow="fold")
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("axioms", overflow="fold")
    for entry in entries:
        table.add_row(*_row(entry))
    if not console.is_terminal:
        console.width = max(160, console.width)
    console.print(table)
    for entry in entries:
        if not entry.as_expected:
            console.print(_surprise(entry), soft_wrap=True)
    console.print(_summary(entries), soft_wrap=True)


def _row(entry: Entry) -> tuple[Text, ...]:
    verdict = entry.verdict
    sign = "" if entry.as_expected else "  ✗"
    return (
        Text(entry.claim.id),
        Text(strength(verdict) + sign, style=STYLES[verdict.name]),
        Text(entry.claim.expected or "(proved)"),
        Text(verdict.scope),
        Text(f"{entry.seconds * 1000:.0f}"),
        Text(", ".join(entry.axioms) or "–"),
    )


def _surprise(entry: Entry) -> Text:
    expected = entry.claim.expected or "proved"
    reason = "a fresh process rejected its certificate" if entry.rechecked is False else str(entry.verdict)
    return Text(f"✗ {entry.claim.id}: expected {expected}, but: {reason}\n    {entry.claim.text}", style="bold")


def _summary(entries: Sequence[Entry]) -> Text:
    counts = totals(entries)
    kinds = ", ".join(f"{counts[name]} {name.replace('_', '-')}" for name in STYLES if counts[name])
    seconds = sum(entry.seconds for entry in entries)
    as_expected = counts["claims"] - counts["unexpected"]
    checked = sum(len(entry.certificates) for entry in entries)
    fresh = " again in a fresh process" if any(entry.rechecked is not None for entry in entries) else ""
    return Text(
        f"{counts['claims']} claims: {kinds or 'none'}; {as_expected} as expected, {counts['unexpected']} not; "
        f"{checked} certificates checked{fresh}; {seconds:.1f} s"
    )
