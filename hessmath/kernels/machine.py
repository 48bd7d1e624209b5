"""LLVM IR → machine code in this process, through the cache of object code on disk.

The key of a cache entry is the IR text together with everything else that decides the object code: LLVM's version,
the processor with its features, and the code generator's settings.  A library keeps its code alive: when the
last reference to it goes, its addresses are dead.
"""

from __future__ import annotations

import ctypes
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

#: The code generator's effort; measured: 2 costs as much as 1 and less than 0 on short kernels.
CODEGEN_LEVEL = 2

_FORMAT = 1  # raise it when entries written by older versions must not be read


@dataclass(frozen=True)
class Library:
    """Machine code in memory: the addresses of its exported functions, alive as long as this object."""

    addresses: Mapping[str, int]
    object_size: int
    from_cache: bool
    _tracker: Any = field(repr=False)


def build(text: str, exports: Iterable[str], symbols: Mapping[str, int]) -> Library:
    """Machine code of a module in LLVM IR.

    Parameters
    ----------
    text : the module
    exports : names of the functions whose addresses are wanted
    symbols : addresses of what the module declares but does not define
    """
    built = False

    def generate() -> bytes:
        nonlocal built
        built = True
        return _object_code(text)

    code = disk.fetch(_key(text), generate)
    try:
        library = _link(code, exports, symbols)
    except RuntimeError:
        if built:
            raise
        disk.remove(_key(text))  # an entry that passes its checksum and still cannot be linked: build it anew
        library = _link(disk.fetch(_key(text), generate), exports, symbols)
    return Library(library.addresses, library.object_size, not built, library._tracker)


def symbol_addresses(names: Iterable[str]) -> dict[str, int]:
    """Where functions of the C library (``tanh``) and of SciPy (``scipy_psi``) are in this process."""
    return {name: _scipy(name[6:]) if name.startswith("scipy_") else _c_library(name) for name in names}


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
    """The double → double variant of a function in scipy.special.cython_special."""
    from scipy.special import cython_special

    capsules = cython_special.__pyx_capi__
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    for key, capsule in capsules.items():
        if key == name or (key.startswith("__pyx_fuse_") and key.endswith(name) and key[11 : -len(name)].isdigit()):
            signature = name_of(capsule)
            if signature.startswith(b"double (double") and b"complex" not in signature:
                return int(pointer_of(capsule, signature))
    raise InputError(f"scipy.special.cython_special has no function {name} of real numbers, which the formula needs.")


_LOCK = threading.Lock()
_SERIAL = itertools.count()  # names of libraries must differ


@cache
def _target() -> tuple[Any, str]:
    """The target machine and a text that says all about it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple = llvm.get_process_triple()
    processor, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_triple(triple).create_target_machine(
        cpu=processor, features=features, opt=CODEGEN_LEVEL, reloc="default", codemodel="jitdefault", jit=True
    )
    return machine, f"{triple} {processor} {features} O{CODEGEN_LEVEL}"


@cache
def _linker() -> Any:
    return llvm.create_lljit_compiler(_target()[0])


def _key(text: str) -> str:
    versions = f"{_FORMAT} llvmlite {llvmlite.__version__} LLVM {llvm.llvm_version_info} {_target()[1]}"
    return hashlib.sha256(f"{versions}\n{text}".encode()).hexdigest()


def _object_code(text: str) -> bytes:
    machine = _target()[0]
    with _LOCK:  # a target machine serves one thread at a time
        module = llvm.parse_assembly(text)
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
