"""LLVM IR → machine code in this process, through the cache of object code on disk.

The key of a cache entry is the IR text together with everything else that decides the object code: LLVM's version,
the processor with its features, and the code generator's settings.  A library keeps its code alive: when the
last reference to it goes, its addresses are dead.
"""

from __future__ import annotations

import ctypes
import enum
import hashlib
import importlib
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
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


_FORMAT = 3  # raise it when entries written by older versions must not be read


@dataclass(frozen=True)
class Library:
    """Machine code in memory: the addresses of its exported functions, alive as long as this object."""

    addresses: Mapping[str, int]
    object_size: int
    from_cache: bool
    _tracker: Any = field(repr=False)


def build(
    text: str | Sequence[str],
    exports: Iterable[str],
    symbols: Mapping[str, int],
    effort: Effort = Effort.DIRECT,
    *,
    before_each: Callable[[], None] | None = None,
) -> Library:
    """Machine code of a module in LLVM IR, or of several that use each other's functions.

    Parameters
    ----------
    text : the module, or the modules
    exports : names of the functions whose addresses are wanted
    symbols : addresses of what the modules declare but do not define
    effort : how hard LLVM works on them
    before_each : called before each module is compiled in the background; what it raises ends the compilation
    """
    fetch = disk.fetch if before_each is None else disk.fetch_alone  # nobody waits for the background
    built = False
    parts = (text,) if isinstance(text, str) else tuple(text)
    key = _key(parts, effort)

    def generate() -> bytes:
        nonlocal built
        built = True
        codes = []
        for part in parts:
            if before_each is not None:
                before_each()
            codes.append(_object_code(part, effort))
        return _packed(codes)

    code = fetch(key, generate)
    try:
        library = _link(code, exports, symbols)
    except RuntimeError:
        if built:
            raise
        disk.remove(key)  # an entry that passes its checksum and still cannot be linked: build it anew
        library = _link(fetch(key, generate), exports, symbols)
    return Library(library.addresses, library.object_size, not built, library._tracker)


def is_stored(text: str | Sequence[str], effort: Effort) -> bool:
    """Whether ``build`` would find these modules' machine code on disk."""
    return disk.has(_key((text,) if isinstance(text, str) else tuple(text), effort))


def symbol_addresses(names: Iterable[str]) -> dict[str, int]:
    """Where functions of the C library (``tanh``), of SciPy (``scipy_psi``, ``blas_dgemm``) and of the user are."""
    return {name: _address(name) for name in names}


def _address(name: str) -> int:
    library, _, routine = name.partition("_")
    if library == "user":
        return user_code.address(routine)
    if library == "scipy":
        return _scipy(routine)
    return _linear_algebra(library, routine) if library in {"blas", "lapack"} else _c_library(name)


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


@cache
def _linear_algebra(library: str, routine: str) -> int:
    """A routine of the BLAS or LAPACK that SciPy brings."""
    capsule = importlib.import_module(f"scipy.linalg.cython_{library}").__pyx_capi__[routine]
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(pointer_of(capsule, name_of(capsule)))


_LINKING = threading.Lock()
_SERIAL = itertools.count()  # names of libraries must differ


class _Tools(threading.local):
    """LLVM's objects of one thread: they serve one thread at a time, and another may be compiling in the background."""

    def __init__(self) -> None:
        self.context = llvm.create_context()
        self.machines: dict[Effort, Any] = {}

    def machine(self, effort: Effort) -> Any:
        if effort not in self.machines:
            _initialise()
            self.machines[effort] = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
                cpu=llvm.get_host_cpu_name(),
                features=llvm.get_host_cpu_features().flatten(),
                opt=effort.level,
                reloc="default",
                codemodel="jitdefault",
                jit=True,
            )
        return self.machines[effort]


_TOOLS = _Tools()


@cache
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def lane_count() -> int:
    """How many float64 numbers side by side suit this processor: 8 with AVX-512, else 4."""
    return 8 if llvm.get_host_cpu_features().get("avx512f") else 4


@cache
def _linker() -> Any:
    return llvm.create_lljit_compiler(_TOOLS.machine(Effort.DIRECT))


@cache
def _versions() -> str:
    processor, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    triple = llvm.get_process_triple()
    return f"{_FORMAT} llvmlite {llvmlite.__version__} LLVM {llvm.llvm_version_info} {triple} {processor} {features}"


def _key(parts: Sequence[str], effort: Effort) -> str:
    content = hashlib.sha256(f"{_versions()} {effort.value}".encode())
    for part in parts:
        content.update(b"\0")
        content.update(part.encode())
    return content.hexdigest()


def _object_code(text: str, effort: Effort) -> bytes:
    machine = _TOOLS.machine(effort)
    with llvm.parse_assembly(text, _TOOLS.context) as module:
        if effort is Effort.LOOPS:
            options = llvm.create_pipeline_tuning_options(speed_level=3)
            options.loop_vectorization = True
            # Joining neighbouring stores makes the next iteration wait for them: 5× slower on a tridiagonal Hessian.
            options.slp_vectorization = False
            with llvm.create_pass_builder(machine, options) as passes:
                passes.getModulePassManager().run(module, passes)
        return bytes(machine.emit_object(module))


def _packed(codes: Sequence[bytes]) -> bytes:
    """Object files one after the other, each after its length."""
    return b"".join(len(code).to_bytes(8, "little") + code for code in codes)


def _unpacked(packed: bytes) -> list[bytes]:
    codes = []
    at = 0
    while at < len(packed):
        end = at + 8 + int.from_bytes(packed[at : at + 8], "little")
        if end > len(packed):
            raise RuntimeError("The entry ends within an object file.")
        codes.append(packed[at + 8 : end])
        at = end
    return codes


def _link(packed: bytes, exports: Iterable[str], symbols: Mapping[str, int]) -> Library:
    codes = _unpacked(packed)
    with _LINKING:
        builder = llvm.JITLibraryBuilder()
        for code in codes:
            builder = builder.add_object_img(code)
        for name, address in symbols.items():
            builder = builder.import_symbol(name, address)
        exports = tuple(exports)
        for name in exports:
            builder = builder.export_symbol(name)
        tracker = builder.link(_linker(), f"hessmath{next(_SERIAL)}")
        return Library({name: int(tracker[name]) for name in exports}, sum(map(len, codes)), False, tracker)
