"""Running an experiment: case by case, every finished row kept, so that a stopped run goes on where it was."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from hessmath.errors import InputError
from hessmath.experiments.experiment import Case, Experiment, Result, Row, Size
from hessmath.experiments.storage import Notebook, read_json, write_json
from hessmath.experiments.workers import Failed, Outcomes, Task, measured_by_workers, measured_here


class MeasurementFailed(RuntimeError):
    """A case whose measurement raised something else than an error of hessmath; the rows of the others are kept."""


def run(
    experiment: Experiment,
    size: Size = Size.STANDARD,
    *,
    seed: int = 0,
    output: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
    workers: int = 1,
) -> Result:
    """Measure every case and conclude.

    Parameters
    ----------
    experiment : Experiment
    size : Size
    seed : int
        Everything random comes from it.
    output : folder, optional
        There ``NAME-SIZE-SEED.json`` is written at the end, and on the way the rows that are finished and the state of
        those that are not.  A run that was stopped goes on from them; a finished one is read back.  If the
        experiment's own file has changed since, they are not used.
    progress : function of (fraction done, text), optional
    workers : int
        With 1, cases are measured one after another in this process, with the threads that its BLAS has.  With more,
        so many are measured at a time, each in a process with one thread for BLAS; those that take longest begin
        first, if the experiment says which.  Rows are the same bit by bit for any number, measured seconds apart, if
        this process has one thread for BLAS too: ``OPENBLAS_NUM_THREADS=1`` before NumPy is loaded, as the command
        line sets it.

    Raises
    ------
    InputError
        If the experiment cannot be run at this size, or a file in the folder is damaged.
    MeasurementFailed
        If a case raises another error.  With ``output`` the other cases are measured and kept before, else at once.

    Examples
    --------
    >>> from hessmath.experiments import Size, find, run
    >>> run(find("conditioning"), Size.SHORT).conclusion.finding
    <Finding.SUPPORTED: 'supported'>
    """
    if size not in experiment.sizes:
        known = ", ".join(each.value for each in experiment.sizes)
        raise InputError(f"The experiment {experiment.name!r} has the sizes {known}, but not {size.value}.")
    if workers < 1:
        raise InputError(f"An experiment needs at least one worker, but workers = {workers}.")
    files = None if output is None else Files(Path(output), f"{experiment.name}-{size.value}-{seed}")
    code = "" if files is None else _fingerprint(experiment)
    kept = {} if files is None else files.rows(code)
    cases = experiment.cases(size, seed)
    missing = [case for case in cases if _key(case) not in kept]
    if workers > 1 and experiment.cost is not None:
        missing.sort(key=experiment.cost, reverse=True)
    notebooks = [Notebook() if files is None else files.notebook(_key(case), code) for case in missing]
    tasks = [Task(case, notebook.path) for case, notebook in zip(missing, notebooks, strict=True)]
    failures: list[tuple[Case, Failed]] = []
    tell = _Progress(progress, cases, missing).tell
    with closing(_measured(experiment, tasks, workers, tell)) as outcomes:
        for number, outcome in outcomes:
            tell(number, 1.0, "")
            if isinstance(outcome, Failed):
                failures.append((missing[number], outcome))
                if files is None:
                    break
                continue
            kept[_key(missing[number])] = outcome
            if files is not None:
                files.keep(kept, code)
                notebooks[number].discard()
    if failures:
        raise _as_error(failures)
    rows = tuple({**case, **kept[_key(case)]} for case in cases)
    result = Result(
        experiment.name,
        experiment.title,
        experiment.claim,
        size,
        seed,
        rows,
        experiment.conclude(rows, size),
    )
    if files is not None:
        write_json(files.result, result.to_dict())
    return result


def _measured(
    experiment: Experiment, tasks: list[Task], workers: int, tell: Callable[[int, float, str], None]
) -> Outcomes:
    if workers == 1 or not tasks:
        return measured_here(experiment.measure, tasks, tell)
    return measured_by_workers(experiment.measure, tasks, tell, workers)


def _as_error(failures: list[tuple[Case, Failed]]) -> Exception:
    """One error for all cases that failed, with where they did in its notes."""
    text = "; ".join(f"the case {_name(case)}: {failed.text}" for case, failed in failures)
    kind = InputError if all(failed.known for _, failed in failures) else MeasurementFailed
    error = kind(f"{len(failures)} case{'s' * (len(failures) > 1)} could not be measured, {text}")
    for _, failed in failures:
        error.add_note(failed.trace)
    return error


class _Progress:
    """One fraction for all cases."""

    def __init__(
        self, progress: Callable[[float, str], None] | None, cases: Sequence[Case], missing: list[Case]
    ) -> None:
        self._progress, self._missing, self._total = progress, missing, len(cases)
        self._done = [0.0] * len(missing)

    def tell(self, number: int, fraction: float, text: str) -> None:
        """Say how far one of the missing cases is."""
        self._done[number] = max(self._done[number], min(max(fraction, 0.0), 1.0))
        if self._progress is not None:
            before = self._total - len(self._missing)
            self._progress((before + sum(self._done)) / self._total, f"{_name(self._missing[number])} {text}".strip())


class Files:
    """The files of one run in its folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.result = folder / f"{name}.json"
        self.figure = folder / f"{name}.png"
        self._rows = folder / f"{name}.rows.json"
        self._folder, self._name = folder, name

    def rows(self, code: str) -> dict[str, Row]:
        """The rows that are finished, by the keys of their cases."""
        if not self._rows.exists():
            return {}
        data = read_json(self._rows)
        return dict(data["rows"]) if isinstance(data, dict) and data.get("code") == code else {}

    def keep(self, rows: dict[str, Row], code: str) -> None:
        """Write the finished rows."""
        write_json(self._rows, {"code": code, "rows": rows})

    def notebook(self, key: str, code: str) -> Notebook:
        """Where the state of a case is kept while it is measured."""
        digest = hashlib.sha256(f"{code} {key}".encode()).hexdigest()[:12]
        return Notebook(self._folder / f"{self._name}.{digest}.npz")


def _key(case: Case) -> str:
    return json.dumps(case, sort_keys=True, allow_nan=False)


def _name(case: Case) -> str:
    return " ".join(str(value) for value in case.values())


def _fingerprint(experiment: Experiment) -> str:
    """A digest of the file that measures; of the function alone where there is no file."""
    try:
        text = inspect.getsource(inspect.getmodule(experiment.measure))  # type: ignore[arg-type]
    except (OSError, TypeError):
        code = experiment.measure.__code__
        text = repr((code.co_code, code.co_names, [each for each in code.co_consts if not inspect.iscode(each)]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
