"""CasADi's generated C, compiled with the C compiler of the machine and loaded again."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import Entry, NotAvailable
from benchmarks.peers import casadi_vm
from benchmarks.peers.formula import Calls, Formula, result_array

NAME, NEEDS = "casadi C", "casadi"
FLAGS = ("-O3", "-march=native", "-fPIC", "-shared")


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for the generated code, removed when this process ends."""
    return tempfile.TemporaryDirectory(prefix="hessmath-casadi-")


def compiled(function: Any) -> Any:
    """The function as machine code."""
    import casadi

    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotAvailable("no C compiler")
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    code = casadi.CodeGenerator("code.c")
    code.add(function)
    code.generate(f"{folder}/")
    subprocess.run([compiler, *FLAGS, f"{folder}/code.c", "-o", f"{folder}/code.so", "-lm"], check=True)
    return casadi.external(function.name(), f"{folder}/code.so")


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product."""
    if kind == "sparse_hessian":
        made = compiled(casadi_vm.function(formula, "hessian", len(x), "sparse"))
        return casadi_vm.buffered(made, kind, x, v, np.zeros(made.nnz_out(0)))
    made = compiled(casadi_vm.function(formula, kind, len(x)))
    return casadi_vm.buffered(made, kind, x, v, result_array(kind, len(x)))


def batch(formula: Formula, kind: str, points: Any) -> Entry:
    """A loop over points in the generated C."""
    looped = casadi_vm.function(formula, kind, points.shape[1]).map(len(points))
    return casadi_vm.mapped(compiled(looped), kind, points)


COLD = None
