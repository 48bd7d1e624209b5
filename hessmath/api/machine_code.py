"""Kernels as the machine code that prepared solvers call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from hessmath.kernels import ArrayKernel, Kernel
    from hessmath.optimize.solver import MachineCode


def machine_code(kernel: Kernel, parameters: Any) -> MachineCode:
    """The code of a kernel of numbers."""
    import numpy as np

    from hessmath.kernels.object_call import object_call
    from hessmath.optimize.solver import MachineCode

    given = kernel._parameters(parameters)
    form = kernel.hessian_pattern.structure if kernel._is_scalar else None
    bandwidth = form.upper if form is not None and form.name in ("diagonal", "banded") else None
    return MachineCode(kernel.address, np.zeros(0) if given is None else given, bandwidth, object_call)


def machine_code_of_arrays(kernel: ArrayKernel, dimension: int) -> MachineCode:
    """The code of a kernel of arrays, for so many variables."""
    from hessmath.kernels.array_bands import banded_hessian
    from hessmath.kernels.object_call import object_call
    from hessmath.optimize.solver import MachineCode

    bands = banded_hessian(kernel, dimension)
    calls = {}

    def address(kind: str) -> int:
        if kind == "banded_hessian" and bands is not None:
            return bands.address
        calls[kind] = kernel.call(kind, dimension)
        return calls[kind].address

    context = kernel.call("f", dimension).context
    bandwidth = None if bands is None else bands.bandwidth
    return MachineCode(address, context, bandwidth, object_call, (calls, bands, kernel))


def machine_code_of_squares(kernel: Any, parameters: Any, folder: Path) -> MachineCode:
    """The code of ½‖r‖² from a kernel of r."""
    import dataclasses

    from hessmath.optimize.compiled_squares import squares_code

    plain = machine_code(kernel, parameters)
    m, n = len(kernel.tape("f").outputs), len(kernel.variables)
    address, block = squares_code(kernel.address("f"), kernel.address("jacobian"), m, n, plain.parameters, folder)
    return dataclasses.replace(plain, address=address, parameters=block)
