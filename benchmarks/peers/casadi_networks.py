"""CasADi on the losses of W10: every product as SX and as MX expressions, as generated C and by its virtual machine.

SX writes every scalar operation out, MX keeps matrix operations.  A function is built and compiled in a process of its
own, because neither can be interrupted from Python; what takes longer than ``LIMIT`` is given up and said to be so.
The process is this module: ``python -m benchmarks.peers.casadi_networks WIDTHS SAMPLES KIND FORM FOLDER``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import peers
from benchmarks.cases import Entry, NotAvailable
from benchmarks.peers import casadi_vm

if TYPE_CHECKING:
    from benchmarks.w10_networks import BatchCase

LIMIT = 40
"""Seconds to build a function, and again to compile it."""

OPTIMISED = 100_000
"""Characters of C up to which it is compiled with -O3; longer code with -O1, which takes a tenth of the time."""

FORMS = ("SX", "MX")


def contenders(case: BatchCase, kind: str, x: Any, v: Any) -> dict[str, Callable[[], Entry]]:
    """CasADi in all its ways, as contenders for one product."""
    found: dict[str, Callable[[], Entry]] = {}
    for form in FORMS:
        found[f"casadi {form} C"] = partial(_entry, case, kind, form, True, x, v)
        found[f"casadi {form}"] = partial(_entry, case, kind, form, False, x, v)
    return found


def _entry(case: BatchCase, kind: str, form: str, as_code: bool, x: Any, v: Any) -> Entry:
    peers.need(casadi_vm)
    import casadi as ca

    folder = _built(case.widths, case.samples, kind, form)
    if isinstance(folder, str):
        raise NotAvailable(folder)
    if as_code:
        _compile(folder)
        function = ca.external(kind, str(folder / "code.so"))
    else:
        function = ca.Function.load(str(folder / "function.casadi"))
    out = np.zeros((len(x), len(x)) if kind == "hessian" else len(x))
    return casadi_vm.buffered(function, "hvp" if kind in ("hvp", "ggn") else kind, x, v, out).entry("new")


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Removed when this process ends."""
    return tempfile.TemporaryDirectory(prefix="hessmath-casadi-")


@functools.cache
def _built(widths: tuple[int, ...], samples: int, kind: str, form: str) -> Path | str:
    """The folder with the function and its C code, or why there is none."""
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    arguments = ["-".join(map(str, widths)), str(samples), kind, form, str(folder)]
    try:
        _run([sys.executable, "-m", __name__, *arguments])
    except NotAvailable as reason:
        return f"not built: {reason}"
    return folder


def _compile(folder: Path) -> None:
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotAvailable("no C compiler")
    flags = ["-O3" if (folder / "code.c").stat().st_size <= OPTIMISED else "-O1", "-march=native", "-fPIC", "-shared"]
    _run([compiler, *flags, f"{folder}/code.c", "-o", f"{folder}/code.so", "-lm"])


def _run(command: list[str]) -> None:
    what = "compiled" if "-shared" in command else "built"
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        _, said = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        raise NotAvailable(f"not {what} within {LIMIT} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the compiler's own children
        process.wait()
    if process.returncode:
        last = said.strip().splitlines()[-1:]
        raise NotAvailable(f"not {what}: {last[0] if last else f'exit code {process.returncode}'}")


# ---- in the process of its own ---------------------------------------------------------------------------


def function(case: BatchCase, kind: str, form: str) -> Any:
    """The casadi.Function of x, or of x and v."""
    import casadi as ca

    sym = getattr(ca, form).sym
    n = sum(d * m + m for d, m in zip(case.widths, case.widths[1:], strict=False))
    x, v = sym("x", n), sym("v", n)
    outputs = case.outputs(x, ca)
    if kind == "ggn":
        o = sym("o", *outputs.shape)
        slope = ca.gradient(case.of_outputs(o, ca), o)
        o_dot = sym("o_dot", *outputs.shape)
        curved = ca.Function("curved", [o, o_dot], [ca.jtimes(slope, o, o_dot)])
        along = ca.jtimes(ca.vec(outputs), x, v)
        result = ca.jtimes(ca.vec(outputs), x, ca.vec(curved(outputs, ca.reshape(along, *outputs.shape))), True)
        return ca.Function(kind, [x, v], [ca.densify(result)])
    value = case.of_outputs(outputs, ca)
    if kind == "hessian":
        return ca.Function(kind, [x], [ca.densify(ca.hessian(value, x)[0])])
    slope = ca.gradient(value, x)
    if kind == "gradient":
        return ca.Function(kind, [x], [ca.densify(slope)])
    return ca.Function(kind, [x, v], [ca.densify(ca.jtimes(slope, x, v))])


def main() -> None:
    """Build one function, and write it and its C code to the folder."""
    import resource

    import casadi as ca

    from benchmarks.w10_networks import BatchCase

    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    widths, samples, kind, form, folder = sys.argv[1:]
    made = function(BatchCase(tuple(map(int, widths.split("-"))), int(samples)), kind, form)
    made.save(f"{folder}/function.casadi")
    code = ca.CodeGenerator("code.c")
    code.add(made)
    code.generate(f"{folder}/")


if __name__ == "__main__":
    main()
