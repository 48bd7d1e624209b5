"""Running an experiment: case by case, every finished row kept, so that a stopped run goes on where it was."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hessmath.errors import InputError
from hessmath.experiments.experiment import Case, Experiment, Result, Row, Size
from hessmath.experiments.storage import Notebook, read_json, write_json


def run(
    experiment: Experiment,
    size: Size = Size.STANDARD,
    *,
    seed: int = 0,
    output: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
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
        the one that is not.  A run that was stopped goes on from them; a finished one is read back.  If the
        experiment's own file has changed since, they are not used.
    progress : function of (fraction done, text), optional

    Raises
    ------
    InputError
        If the experiment cannot be run at this size, or a file in the folder is damaged.

    Examples
    --------
    >>> from hessmath.experiments import Size, find, run
    >>> run(find("conditioning"), Size.SHORT).conclusion.finding
    <Finding.SUPPORTED: 'supported'>
    """
    if size not in experiment.sizes:
        known = ", ".join(each.value for each in experiment.sizes)
        raise InputError(f"The experiment {experiment.name!r} has the sizes {known}, but not {size.value}.")
    files = None if output is None else Files(Path(output), f"{experiment.name}-{size.value}-{seed}")
    code = "" if files is None else _fingerprint(experiment)
    kept = {} if files is None else files.rows(code)
    cases = experiment.cases(size, seed)
    rows: list[Row] = []
    for number, case in enumerate(cases):
        key = _key(case)
        if key not in kept:
            notebook = Notebook() if files is None else files.notebook(key, code)
            if progress is not None:
                notebook = replace(notebook, tell=_part(progress, number, len(cases)))
                progress(number / len(cases), _name(case))
            kept[key] = experiment.measure(case, notebook)
            if files is not None:
                files.keep(kept, code)
                notebook.discard()
        rows.append({**case, **kept[key]})
    result = Result(
        experiment.name,
        experiment.title,
        experiment.claim,
        size,
        seed,
        tuple(rows),
        experiment.conclude(rows, size),
    )
    if files is not None:
        write_json(files.result, result.to_dict())
    return result


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


def _part(progress: Callable[[float, str], None], number: int, total: int) -> Callable[[float, str], None]:
    return lambda fraction, text: progress((number + min(max(fraction, 0.0), 1.0)) / total, text)
