"""One thread everywhere, and what machine this is.

The variables must be set before NumPy, XLA or OpenMP are loaded; child processes inherit them.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "NPROC": "1",  # XLA's pool of threads
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
}

PACKAGES = ("numpy", "scipy", "sympy", "numba", "llvmlite", "casadi", "symengine", "jax", "torch", "autograd")


def use_one_thread() -> None:
    """Set the variables; start this process again when a library has been loaded without them."""
    late = "numpy" in sys.modules and any(os.environ.get(name) != value for name, value in ONE_THREAD.items())
    os.environ.update(ONE_THREAD)
    if late:
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]])


def describe() -> dict[str, Any]:
    """The machine, the versions and the date, for the JSON and the heading of the table."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else [],
        "python": platform.python_version(),
        "system": platform.platform(),
        "hessmath": _commit(),
        "versions": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _commit() -> str:
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        import hessmath

        return hessmath.__version__
