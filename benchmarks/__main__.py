"""``python -m benchmarks``: hessmath, its peers and loops by hand, measured in one process with one thread.

    python -m benchmarks                                  everything (about half an hour)
    python -m benchmarks --only W1,W3 --json result.json  some workloads; all numbers as JSON
    python -m benchmarks --quick                          few and small cases: does everything run and agree?

Peers that are not installed are left out and named.  Each result is compared with the reference (usually a Numba
loop written by hand) to 1e-10 of its largest entry before anything is timed.  The table gives medians; ratios are
medians over the rounds, in which all contenders take turns; ✓, ✗ and ? say whether a target is met.

A new workload is a file with ``TITLE`` and ``cases(scope)``, and a line in ``WORKLOADS``.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from benchmarks.environment import describe, use_one_thread

WORKLOADS = {
    "W1": "w1_classics",
    "W2": "w2_chain",
    "W3": "w3_networks",
    "W4": "w4_batches",
    "W5": "w5_solves",
    "W6": "w6_linear",
    "W7": "w7_length",
    "W8": "w8_matrices",
    "W9": "w9_cold",
    "W10": "w10_networks",
}


def main() -> None:
    """Run the chosen workloads."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", metavar="W1,W3", help=f"some of {', '.join(WORKLOADS)}")
    parser.add_argument("--json", metavar="PATH", type=Path, help="write all numbers there")
    parser.add_argument("--repeat", metavar="N", type=int, help="rounds of samples, 25 if not given")
    parser.add_argument("--quick", action="store_true", help="few and small cases, few rounds")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else list(WORKLOADS)
    unknown = [name for name in chosen if name not in WORKLOADS]
    if unknown:
        parser.error(f"there is no workload {unknown[0]}; there are {', '.join(WORKLOADS)}")
    if options.json is not None and not options.json.absolute().parent.is_dir():
        parser.error(f"the folder of {options.json} does not exist")

    use_one_thread()
    from benchmarks import peers, table
    from benchmarks.cases import run
    from benchmarks.scope import Scope

    scope = Scope.quick(options.repeat) if options.quick else Scope.full(options.repeat)
    machine = describe()
    print(f"{machine['date']}, hessmath {machine['hessmath']}, Python {machine['python']}, {machine['processor']}")
    print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()))
    missing = peers.missing()
    print(f"not installed: {', '.join(missing)}" if missing else "all peers are installed")
    rows = []
    for name in chosen:
        workload = importlib.import_module(f"benchmarks.{WORKLOADS[name]}")
        found = []
        for case in workload.cases(scope):
            found.append(run(case, scope.effort))
            if options.json is not None:  # after each case, so that an interrupted run leaves what it has
                content = {"machine": machine, "missing": missing, "rows": [row.as_json() for row in rows + found]}
                table.write(options.json.absolute(), content)
        table.show(f"{name}  {workload.TITLE}", found)
        rows += found
    print(f"\nall together, {table.verdict(rows)}")


if __name__ == "__main__":
    main()
