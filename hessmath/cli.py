"""The command line: ``check``, ``derive``, ``solve``, ``compile``, ``grade``, ``experiment`` and ``cache``.

Exit codes: 0 all well; 1 a verdict other than the expected one, or a solver that did not converge;
2 input that cannot be used (one sentence on standard error); 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

import click

from hessmath import __version__
from hessmath.cli_grade import grade
from hessmath.errors import HessmathError, InputError

BAD_INPUT, INTERRUPTED, INTERNAL = 2, 130, 70


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends in one sentence and exit code 2, never in a traceback."""
    try:
        code = commands.main(args=args, prog_name="hessmath", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except HessmathError as error:
        code = _complain(str(error), BAD_INPUT)
    except OSError as error:
        code = _complain(f"Cannot use {error.filename}: {error.strerror}.", BAD_INPUT)
    except (KeyboardInterrupt, click.Abort):
        code = _complain("interrupted", INTERRUPTED)
    except RecursionError:
        code = _complain("The input is nested too deeply to be worked on; split it into parts.", BAD_INPUT)
    except Exception as error:
        if os.environ.get("HESSMATH_TRACEBACK"):
            raise
        text = (
            f"internal error ({type(error).__name__}: {error}). Set HESSMATH_TRACEBACK=1 to see where, and report it."
        )
        code = _complain(text, INTERNAL)
    sys.exit(code or 0)


def _complain(message: str, code: int) -> int:
    click.echo(f"hessmath: {message}", err=True)
    return code


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hessmath")
def commands() -> None:
    """Exact derivatives, checked claims, fast kernels and solvers from one formula.

    Exit codes: 0 all well; 1 a verdict that is not the expected one, or a solver that did not converge;
    2 input that cannot be used; 130 interrupted.
    """


@commands.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--only", metavar="TEXT", help="Only claims whose id contains TEXT.")
@click.option("--recheck", is_flag=True, help="Check every certificate again in a fresh process.")
@click.option("--explain", is_flag=True, help="Explain every verdict, with repairs where one small edit is enough.")
@click.option("--json", "as_json", is_flag=True, help="Print the ledger as JSON.")
def check(paths: tuple[str, ...], only: str | None, recheck: bool, explain: bool, as_json: bool) -> int:
    """Check the claims in files or folders (.py pages, .toml, .json) and print the ledger.

    Exits with 0 only when every verdict is the expected one, at the expected strength or better, and every
    certificate was accepted by the trusted checker.  A claim that states no expectation is expected to be proved.
    Claims that cannot be read are said one by one, the others are checked, and the exit code is 2.
    """
    from hessmath.render import ledger as table
    from hessmath.render import progress
    from hessmath.verify import ledger, read_paths

    unreadable: list[InputError] = []
    found = read_paths(paths, unreadable.append)
    if not found:
        raise unreadable[0]
    claims = [claim for claim in found if only is None or only in claim.id]
    if not claims:
        raise InputError(f"No claim has an id that contains {only!r}.")
    entries: list[ledger.Entry] = []
    interrupted = False
    try:
        with progress.bar("checking", total=len(claims)) as advance:
            for entry in ledger.settle(claims):
                entries.append(entry)
                advance(entry.claim.id)
        if recheck:
            entries = list(ledger.recheck(entries))
    except KeyboardInterrupt:
        interrupted = True
    if as_json:
        click.echo(ledger.as_json(entries, [str(error) for error in unreadable]))
    else:
        table.show(entries)
        for entry in entries if explain else ():
            click.echo("")
            click.echo(entry.verdict.explain())
            repair = entry.verdict.repair() if entry.verdict.name in ("refuted", "ill_posed") else None
            if repair is not None and not entry.verdict.parts:
                click.echo(f"What would repair it: {repair}")
    for error in unreadable:
        _complain(str(error), BAD_INPUT)
    if interrupted:
        return _complain(f"interrupted after {len(entries)} of {len(claims)} claims", INTERRUPTED)
    if unreadable:
        return BAD_INPUT
    return 0 if all(entry.as_expected for entry in entries) else 1


@commands.command()
@click.argument("formula")
@click.option("--variables", metavar="NAMES", help='The variables in order, as in "x y".')
@click.option("--at", "at", metavar="POINT", help="A point, as in 1,1 or x=1,y=1, exact numbers.")
@click.option("--latex", "as_latex", is_flag=True, help="Print LaTeX.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def derive(formula: str, variables: str | None, at: str | None, as_latex: bool, as_json: bool) -> int:
    """Gradient, Hessian, quadratic form and critical points of FORMULA, exactly; - reads it from standard input."""
    if as_latex and as_json:
        raise InputError("Choose one of --latex and --json.")
    from hessmath.function import Function
    from hessmath.render import derivation

    f = Function(_formula(formula), variables)
    derived = derivation.derive(f, at=None if at is None else _point(at, [str(v) for v in f.variables]))
    if as_json:
        _print_json(derivation.as_json(derived))
    else:
        click.echo(derivation.as_latex(derived) if as_latex else derivation.as_text(derived))
    return 0


METHODS: dict[str, str] = {
    "newton": "Newton",
    "regularised-newton": "RegularisedNewton",
    "trust-region": "TrustRegion",
    "newton-cg": "NewtonCG",
    "gradient-descent": "GradientDescent",
}


@commands.command()
@click.argument("formula")
@click.option("--start", required=True, metavar="POINT", help="The start, as in -1.2,1 or x=-1.2,y=1.")
@click.option("--method", type=click.Choice(list(METHODS)), default="trust-region", show_default=True)
@click.option("--variables", metavar="NAMES", help='The variables in order, as in "x y".')
@click.option("--max-steps", type=click.IntRange(min=0), default=1000, show_default=True)
@click.option("--tolerance", type=float, default=1e-8, show_default=True, help="Stop when no |∂f/∂xᵢ| is larger.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def solve(
    formula: str, start: str, method: str, variables: str | None, max_steps: int, tolerance: float, as_json: bool
) -> int:
    """Minimise FORMULA (or - for standard input) from a start and say what kind of point was reached.

    Exits with 1 when no stationary point was reached, or one that is a saddle or a maximum.
    """
    import hessmath
    from hessmath.function import Function
    from hessmath.render import solutions

    f = Function(_formula(formula), variables)
    names = [str(v) for v in f.variables]
    x0 = [_float(text, name) for name, text in _point(start, names).items()]
    solution = hessmath.minimize(
        f,
        x0,
        getattr(hessmath, METHODS[method])(),
        stop=hessmath.GradientBelow(tolerance),
        max_steps=max_steps,
    )
    if as_json:
        _print_json(solutions.as_json(solution, names))
    else:
        click.echo(solutions.as_text(solution, names))
    at_saddle = solution.status is hessmath.Status.NOT_A_MINIMUM or solution.kind.nature.value in ("saddle", "maximum")
    return 0 if solution.status.stationary and not at_saddle else 1


@commands.command("compile")
@click.argument("formula", nargs=-1, required=True)
@click.option("-o", "--output", required=True, metavar="FILE", help="The Python file to write.")
@click.option("--variables", metavar="NAMES", help="The variables in order, as in 'x y'; arrays as in 'A: m n; b: n'.")
@click.option("--parameters", metavar="NAMES", default="", help="Names that are constants of the problem, or data.")
@click.option("--name", default="f", help="What the function is called in messages.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def compile_(
    formula: tuple[str, ...],
    output: str,
    variables: str | None,
    parameters: str,
    name: str,
    force: bool,
    as_json: bool,
) -> int:
    """Write FORMULA and its derivatives as a Python module that needs NumPy and Numba only.

    Several formulas make a map with its Jacobian.  A formula of arrays names their sizes, as in
    --variables "b: k" --parameters "X: m k; y: m; lam:".  Running the file tests it.
    """
    import hessmath as hm

    given = formula[0] if len(formula) == 1 else list(formula)
    function = hm.Function(given, _arrays(variables), parameters=_arrays(parameters) or (), name=name)
    path = hm.compile(function).export(output, overwrite=force)
    if as_json:
        found = {"file": str(path), "variables": [str(each) for each in function.variables]}
        if isinstance(function, hm.ArrayFunction):
            _print_json({**found, "parameters": list(function.parameters)})
        else:
            counts = {kind: cost.total for kind, cost in hm.compile(function).costs.items()}
            _print_json({**found, "operations": counts})
    else:
        click.echo(f"{path} written; run it to test it.")
    return 0


def _arrays(text: str | None) -> str | dict[str, str] | None:
    """Names as they are; ``A: m n; b: n`` as a mapping from names to sizes."""
    if text is None or ":" not in text:
        return text
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    return {name.strip(): sizes.strip() for name, _, sizes in parts}


@commands.command()
@click.argument("name", required=False)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("-o", "--output", metavar="DIR", help="Where results, figures and unfinished runs are kept.")
@click.option("--short", "size", flag_value="short", help="Seconds instead of minutes.")
@click.option("--large", "size", flag_value="large", help="The largest version, where there is one.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Cases at a time; one for each CPU, or 1 if short."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def experiment(
    name: str | None, seed: int, output: str | None, size: str | None, workers: int | None, as_json: bool
) -> int:
    """Run the experiment NAME, or list the experiments.

    With --output DIR the result is written there as JSON and PNG, and a run that was stopped, or killed, goes on
    where it was when it is started again.  The verdict does not change the exit code.
    """
    if "numpy" not in sys.modules:  # one thread for BLAS, as in the workers: the same rows for any number of them
        os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    from hessmath.render import experiments, progress

    if name is None:
        _print_json(experiments.listed()) if as_json else click.echo(experiments.list_as_text())
        return 0
    with progress.fraction_bar(name) as tell:
        workers = workers or (1 if size == "short" else _usable_cpus())
        result, notes = experiments.carried_out(name, size or "standard", seed, output, tell, workers)
    if as_json:
        _print_json(result.to_dict())
    else:
        click.echo(experiments.as_text(result))
    for note in notes:
        click.echo(f"hessmath: {note}", err=True)
    return 0


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@commands.group()
def cache() -> None:
    """The folder of compiled kernels."""


@cache.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cache_info(as_json: bool) -> int:
    """Where compiled kernels are kept, how many, and their size."""
    from hessmath.kernels import cache as store

    info = store.info()
    if as_json:
        _print_json({"folder": str(info.folder), "entries": info.entries, "bytes": info.size})
    else:
        click.echo(f"{info.folder}: {info.entries} kernels, {info.size / 1e6:.1f} MB")
    return 0


@cache.command("clear")
def cache_clear() -> int:
    """Remove every compiled kernel."""
    from hessmath.kernels import cache as store

    click.echo(f"{store.clear().entries} kernels removed")
    return 0


commands.add_command(grade)


def _formula(text: str) -> str:
    return sys.stdin.read().strip() if text == "-" else text


def _point(text: str, names: Sequence[str]) -> dict[str, str]:
    """The coordinates of ``1,1`` or ``x=1,y=1``, one text for each name, in order."""
    parts = [part.strip() for part in text.split(",")]
    if all("=" in part for part in parts):
        given = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in parts)}
        if len(given) < len(parts):
            raise InputError(f"A coordinate is given twice in {text!r}.")
    elif any("=" in part for part in parts):
        raise InputError(f"Give every coordinate a name or none, as in 1,2 or x=1,y=2, not {text!r}.")
    elif len(parts) != len(names):
        raise InputError(
            f"The point {text!r} has {len(parts)} coordinates, but f takes {len(names)} variables ({', '.join(names)})."
        )
    else:
        given = dict(zip(names, parts, strict=True))
    unknown = [name for name in given if name not in names]
    missing = [name for name in names if name not in given]
    if unknown or missing:
        wrong = f"{unknown[0]} is not one of them" if unknown else f"{missing[0]} is missing"
        raise InputError(f"The point {text!r} should give the variables ({', '.join(names)}), but {wrong}.")
    return {name: given[name] for name in names}


def _float(text: str, name: str) -> float:
    """A number written as a decimal, a fraction or an integer; only finite ones."""
    from fractions import Fraction
    from math import isfinite

    try:
        value = float(text)
    except ValueError:
        try:
            value = float(Fraction(text))
        except (ValueError, ZeroDivisionError, OverflowError):
            raise InputError(f"The start needs a number for {name}, but {text!r} is none.") from None
    if not isfinite(value):
        raise InputError(f"The start must be finite, but {name} = {text}.")
    return value
