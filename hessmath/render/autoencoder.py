"""The figure of the autoencoder experiment: the gap against passes, updates and seconds, and the conditioning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hessmath.experiments import Result, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {"hessian-free": "Hessian-free", "sgd": "SGD", "nesterov": "Nesterov momentum", "adam": "Adam"}
COLOURS = {"hessian-free": "tab:red", "sgd": "tab:blue", "nesterov": "tab:green", "adam": "tab:orange"}
COLUMNS = {"updates": 0, "passes": 1, "seconds": 2}
GAP = 3


def draw(result: Result, figure: Figure) -> None:
    """Fill the figure: the best rate of each method in full colour, the other rates and starts pale."""
    figure.set_size_inches(10.5, 7.5)
    axes = figure.subplots(2, 2)
    best = {method: _best([row for row in result.rows if row["method"] == method]) for method in TITLES}
    for place, name in zip(axes.flat, ("passes", "updates", "seconds"), strict=False):
        for row in result.rows:
            _curve(place, row, name, best[row["method"]] is row)
        place.set_xscale("log")
        place.set_yscale("log")
        place.set_xlabel(name)
        place.set_ylabel("loss − entropy of the pixels (nats)")
        place.grid(alpha=0.3)
    axes.flat[0].legend(fontsize="small")
    _conditioning(axes.flat[3], best)
    figure.suptitle(f"{result.title}: {result.conclusion.finding.value}")


def _best(rows: list[Row]) -> Row | None:
    def order(row: Row) -> tuple[float, float]:
        passes, gap = row["passes_modest"], row["gap"]
        return (float("inf") if passes is None else passes, float("inf") if gap is None else gap)

    return min(rows, key=order) if rows else None


def _curve(place: Any, row: Row, name: str, is_best: bool) -> None:
    method = row["method"]
    points = [point for point in row["curve"] if point[COLUMNS[name]] > 0 and point[GAP] > 0]
    label = TITLES[method] + ("" if row["rate"] is None else f", rate {row['rate']:g}") if is_best else None
    x, y = [point[COLUMNS[name]] for point in points], [point[GAP] for point in points]
    place.plot(x, y, color=COLOURS[method], alpha=1.0 if is_best else 0.25, linewidth=1.5, label=label)


def _conditioning(place: Any, best: dict[str, Row | None]) -> None:
    """κ of the Gauss–Newton matrix against passes, and SGD's speed on the right."""
    for method in ("hessian-free", "sgd"):
        row = best[method]
        table = row["conditioning"] if row is not None else []
        kappa = [line[2] / line[3] for line in table]
        place.plot(
            [line[0] for line in table], kappa, "o-", color=COLOURS[method], label=f"κ(GGN) along {TITLES[method]}"
        )
    place.set_xscale("symlog", linthresh=10)
    place.set_yscale("log")
    place.set_xlabel("passes")
    place.set_ylabel("largest ÷ smallest Ritz value")
    place.grid(alpha=0.3)
    place.legend(fontsize="small", loc="lower right")
    sgd = best["sgd"]
    rising = [line for line in (sgd["conditioning"] if sgd is not None else []) if line[4] > 0]
    if rising:
        beside = place.twinx()
        beside.plot([line[0] for line in rising], [line[4] for line in rising], "x--", color="tab:grey")
        beside.set_yscale("log")
        beside.set_ylabel("SGD: −d log gap / d passes (×)")
