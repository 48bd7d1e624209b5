"""LLVM IR → machine code in this process, through the cache of object code on disk.

The key of a cache entry is the IR text together with everything else that decides the object code: LLVM's version,
the processor with its features, and the code generator's settings.  A library keeps its code alive: when the
last reference to it goes, its addresses are dead.
"""

from __future__ import annotations

import ctypes
import enum
import hashlib
import itertools
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from hessmath.errors import InputError
from hessmath.kernels import cache as disk
from hessmath.kernels import user_code


class Effort(enum.Enum):
    """How hard LLVM works on a module: the code generator's level, and whether its optimising passes run first."""

    QUICK = "quick"  # level 0, no passes: compiled soonest
    DIRECT = "direct"  # level 2, no passes: our straight-line code is as good as passes make it
    LOOPS = "loops"  # level 3 after the passes of -O3, vectorisers included

    @property
    def level(self) -> int:
        """The code generator's level; measured: 2 costs as much as 1 and less than 0 on short kernels."""
        return {Effort.QUICK: 0, Effort.DIRECT: 2, Effort.LOOPS: 3}[self]


_FORMAT = 2  # raise it when entries written by older versions must not be read


@dataclass(frozen=True)
class Library:
    """Machine code in memory: the addresses of its exported functions, alive as long as this object."""

    addresses: Mapping[str, int]
    object_size: int
    from_cache: bool
    _tracker: Any = field(repr=False)


def build(text: str, exports: Iterable[str], symbols: Mapping[str, int], effort: Effort = Effort.DIRECT) -> Library:
    """Machine code of a module in LLVM IR.

    Parameters
    ----------
    text : the module
    exports : names of the functions whose addresses are wanted
    symbols : addresses of what the module declares but does not define
    effort : how hard LLVM works on it
    """
    built = False
    key = _key(text, effort)

    def generate() -> bytes:
        nonlocal built
        built = True
        return _object_code(text, effort)

    code = disk.fetch(key, generate)
    try:
        library = _link(code, exports, symbols)
    except RuntimeError:
        if built:
            raise
        disk.remove(key)  # an entry that passes its checksum and still cannot be linked: build it anew
        library = _link(disk.fetch(key, generate), exports, symbols)
    return Library(library.addresses, library.object_size, not built, library._tracker)


def symbol_addresses(names: Iterable[str]) -> dict[str, int]:
    """Where functions of the C library (``tanh``), of SciPy (``scipy_psi``) and of the user (``user_f``) are."""
    return {name: _symbol_address(name) for name in names}


def _symbol_address(name: str) -> int:
    if name.startswith("user_"):
        return user_code.address(name[5:])
    return _scipy(name[6:]) if name.startswith("scipy_") else _c_library(name)


@cache
def _c_library(name: str) -> int:
    address = llvm.address_of_symbol(name)
    if address is None:
        try:
            address = ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
        except (AttributeError, OSError, TypeError):
            address = None
    if not address:
        raise InputError(f"The C library of this machine has no function {name}, which the formula needs.")
    return int(address)


@cache
def _scipy(name: str) -> int:
    """The variant for real numbers of a function in scipy.special.cython_special."""
    from scipy.special import cython_special

    capsules = cython_special.__pyx_capi__
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    for key, capsule in capsules.items():
        if key == name or (key.startswith("__pyx_fuse_") and key.endswith(name) and key[11 : -len(name)].isdigit()):
            signature = name_of(capsule)
            if signature.startswith((b"double (double", b"void (double, double *")) and b"complex" not in signature:
                return int(pointer_of(capsule, signature))
    raise InputError(f"scipy.special.cython_special has no function {name} of real numbers, which the formula needs.")


_LOCK = threading.Lock()
_SERIAL = itertools.count()  # names of libraries must differ


@cache
def _target(effort: Effort = Effort.DIRECT) -> tuple[Any, str]:
    """The target machine and a text that says all about it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple = llvm.get_process_triple()
    processor, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_triple(triple).create_target_machine(
        cpu=processor, features=features, opt=effort.level, reloc="default", codemodel="jitdefault", jit=True
    )
    return machine, f"{triple} {processor} {features} {effort.value}"


@cache
def _linker() -> Any:
    return llvm.create_lljit_compiler(_target()[0])


def _key(text: str, effort: Effort) -> str:
    versions = f"{_FORMAT} llvmlite {llvmlite.__version__} LLVM {llvm.llvm_version_info} {_target(effort)[1]}"
    return hashlib.sha256(f"{versions}\n{text}".encode()).hexdigest()


def _object_code(text: str, effort: Effort) -> bytes:
    machine = _target(effort)[0]
    with _LOCK:  # a target machine serves one thread at a time
        module = llvm.parse_assembly(text)
        if effort is Effort.LOOPS:
            options = llvm.create_pipeline_tuning_options(speed_level=3)
            options.loop_vectorization = options.slp_vectorization = True
            with llvm.create_pass_builder(machine, options) as passes:
                passes.getModulePassManager().run(module, passes)
        return bytes(machine.emit_object(module))


def _link(code: bytes, exports: Iterable[str], symbols: Mapping[str, int]) -> Library:
    with _LOCK:
        builder = llvm.JITLibraryBuilder().add_object_img(code)
        for name, address in symbols.items():
            builder = builder.import_symbol(name, address)
        exports = tuple(exports)
        for name in exports:
            builder = builder.export_symbol(name)
        tracker = builder.link(_linker(), f"hessmath{next(_SERIAL)}")
        return Library({name: int(tracker[name]) for name in exports}, len(code), False, tracker)
