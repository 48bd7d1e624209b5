"""Empirical claims put to the test: one file an experiment, one row in the table, resumable runs.

An experiment is a list of cases, a measurement that turns one case into one row of plain numbers, and a conclusion
drawn from all rows: effects with intervals, and a verdict.  ``run`` keeps every finished row on disk, so that a run
that was stopped goes on where it was.
"""

from hessmath.experiments.experiment import Case, Conclusion, Effect, Experiment, Finding, Result, Row, Size
from hessmath.experiments.running import MeasurementFailed, run
from hessmath.experiments.storage import Notebook
from hessmath.experiments.table import EXPERIMENTS, find

__all__ = [
    "EXPERIMENTS",
    "Case",
    "Conclusion",
    "Effect",
    "Experiment",
    "Finding",
    "MeasurementFailed",
    "Notebook",
    "Result",
    "Row",
    "Size",
    "find",
    "run",
]
