"""Calling machine code from Python without a detour: a C function of CPython's own kind, emitted like a kernel.

``ctypes`` costs about a microsecond a call, most of it in finding where a NumPy array's numbers are.  The function
emitted here takes NumPy arrays as CPython's fast calling convention hands them over, looks at each array's type,
dtype, shape and flags where NumPy's C interface puts them, and calls the kernel: 30 ns in all.  It never raises:
where an argument is anything but a C-contiguous float64 array of the right shape, or where ``out`` shares memory with
an input, it returns None, and the slow and explaining route in ``kernel.py`` takes over.

Before it is used, the places in memory that it relies on are checked on a real array.  Where they differ
(another Python than CPython, the free-threaded build), every call takes the slow route.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from hessmath.kernels.machine import Library, build

#: sizeof a bytes object's header: what ``self`` carries begins here.
BYTES_HEAD = bytes.__basicsize__ - 1

#: Where NumPy's PyArrayObject keeps its fields (numpy/ndarraytypes.h; part of NumPy's stable binary interface).
_TYPE, DATA, _NDIM, _SHAPE, _DTYPE, _FLAGS = 8, 16, 24, 32, 56, 64

_C_CONTIGUOUS, _ALIGNED, _WRITEABLE = 0x1, 0x100, 0x400

FASTCALL = 0x80


@dataclass(frozen=True)
class Arguments:
    """What a kernel takes and gives.

    ``directions`` and ``parameters`` are −1 where the kernel takes none; ``rows`` is −1 where it writes no array, and
    ``columns`` is −1 where that array is 1-D.  With ``release`` other Python threads run during the call.
    """

    variables: int
    directions: int = -1
    parameters: int = -1
    rows: int = -1
    columns: int = -1
    release: bool = False

    @property
    def count(self) -> int:
        """The number of positional arguments: x, v, parameters, out, as far as they are taken."""
        return 1 + sum(size >= 0 for size in (self.directions, self.parameters, self.rows))

    @property
    def out_shape(self) -> tuple[int, ...]:
        """The shape of ``out``."""
        if self.rows < 0:
            return ()
        return (self.rows,) if self.columns < 0 else (self.rows, self.columns)


def never(*arguments: object) -> None:
    """Stands in where no fast call is possible: always asks for the slow route."""


def fast_call(address: int, arguments: Arguments, keep: object) -> Callable[..., Any]:
    """A built-in function ``call(x[, v][, parameters][, out])`` of a kernel at an address.

    It returns a float when the kernel writes no array or ``out`` is its last argument (the scalar part, 0.0 where
    there is none), and None when the arguments need the slow route.  It keeps the object ``keep`` alive.
    """
    if not memory_is_as_expected():
        return never
    definition = _definition()
    contents = struct.pack(
        "<8q",
        address,
        arguments.variables,
        arguments.directions,
        arguments.parameters,
        arguments.rows,
        arguments.columns,
        arguments.release,
        arguments.count,
    )
    return built_in(definition, contents, keep)


def built_in(definition: MethodDefinition, contents: bytes, keep: object) -> Callable[..., Any]:
    """A built-in function whose code finds ``contents`` in ``self``; it keeps the object ``keep`` alive."""
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.py_object]
    # The third argument is the function's __module__, of any type: it ties the machine code's life to the function's.
    function: Callable[..., Any] = new(ctypes.addressof(definition), contents, keep)
    return function


class MethodDefinition(ctypes.Structure):
    """CPython's PyMethodDef."""

    _fields_ = (("name", ctypes.c_char_p), ("code", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


@cache
def _definition() -> MethodDefinition:
    """The definition that all fast calls share; it and the code that it points to live as long as the process."""
    library = build(_TEXT, ["call"], symbols())
    _KEPT.append(library)
    return MethodDefinition(b"kernel", library.addresses["call"], FASTCALL, None)


_KEPT: list[Library] = []


@cache
def memory_is_as_expected() -> bool:
    """Whether arrays and bytes lie in memory as the emitted code assumes."""
    if sys.implementation.name != "cpython" or sys.byteorder != "little" or struct.calcsize("P") != 8:
        return False
    if np.ndarray.__basicsize__ < _FLAGS + 4 or BYTES_HEAD != 32:
        return False
    array = np.zeros((3, 5))
    at = id(array)
    read_pointer, read_int = ctypes.c_void_p.from_address, ctypes.c_int.from_address
    flags = _C_CONTIGUOUS | _ALIGNED | _WRITEABLE
    mark = b"hessmath"
    return (
        read_pointer(at + _TYPE).value == id(np.ndarray)
        and read_pointer(at + DATA).value == array.ctypes.data
        and read_int(at + _NDIM).value == 2
        and (ctypes.c_int64 * 2).from_address(read_pointer(at + _SHAPE).value or at)[:] == [3, 5]
        and read_pointer(at + _DTYPE).value == id(array.dtype)
        and array.dtype is np.dtype(np.float64)
        and read_int(at + _FLAGS).value & flags == flags
        and ctypes.string_at(id(mark) + BYTES_HEAD, len(mark)) == mark
    )


def symbols() -> dict[str, int]:
    """Addresses of what the emitted calls use of CPython and NumPy."""
    functions = ("Py_IncRef", "PyFloat_FromDouble", "PyEval_SaveThread", "PyEval_RestoreThread")
    addresses = {name: ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0 for name in functions}
    return addresses | {"array_type": id(np.ndarray), "float64": id(np.dtype(np.float64)), "none": id(None)}


#: ``@numbers``, for whatever is handed NumPy arrays.
NUMBERS = f"""
@array_type = external global i8
@float64 = external global i8

; where the numbers of an array are; null unless it is a float64 array of this shape with the needed flags
define internal ptr @numbers(ptr %object, i64 %rows, i64 %columns, i32 %needed) nounwind {{
  %type.at = getelementptr i8, ptr %object, i64 {_TYPE}
  %type = load ptr, ptr %type.at
  %is.array = icmp eq ptr %type, @array_type
  br i1 %is.array, label %array, label %no
array:
  %dtype.at = getelementptr i8, ptr %object, i64 {_DTYPE}
  %dtype = load ptr, ptr %dtype.at
  %is.float64 = icmp eq ptr %dtype, @float64
  %flags.at = getelementptr i8, ptr %object, i64 {_FLAGS}
  %flags = load i32, ptr %flags.at
  %had = and i32 %flags, %needed
  %has.flags = icmp eq i32 %had, %needed
  %ndim.at = getelementptr i8, ptr %object, i64 {_NDIM}
  %ndim = load i32, ptr %ndim.at
  %is.vector = icmp slt i64 %columns, 0
  %wanted = select i1 %is.vector, i32 1, i32 2
  %has.ndim = icmp eq i32 %ndim, %wanted
  %a = and i1 %is.float64, %has.flags
  %b = and i1 %a, %has.ndim
  br i1 %b, label %shaped, label %no
shaped:
  %shape.at = getelementptr i8, ptr %object, i64 {_SHAPE}
  %shape = load ptr, ptr %shape.at
  %rows.had = load i64, ptr %shape
  %has.rows = icmp eq i64 %rows.had, %rows
  %last = select i1 %is.vector, i64 0, i64 1
  %columns.at = getelementptr i64, ptr %shape, i64 %last
  %columns.had = load i64, ptr %columns.at
  %columns.wanted = select i1 %is.vector, i64 %rows, i64 %columns
  %has.columns = icmp eq i64 %columns.had, %columns.wanted
  %c = and i1 %has.rows, %has.columns
  br i1 %c, label %yes, label %no
yes:
  %data.at = getelementptr i8, ptr %object, i64 {DATA}
  %data = load ptr, ptr %data.at
  ret ptr %data
no:
  ret ptr null
}}
"""

_TEXT = f"""{NUMBERS}
@none = external global i8
declare void @Py_IncRef(ptr)
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)

; whether [out, out + 8 n) and [x, x + 8 m) share memory; n or m below 0 means: not there
define internal i1 @shared(ptr %out, i64 %n, ptr %x, i64 %m) nounwind {{
  %out.end = getelementptr double, ptr %out, i64 %n
  %x.end = getelementptr double, ptr %x, i64 %m
  %a = icmp ult ptr %out, %x.end
  %b = icmp ult ptr %x, %out.end
  %c = and i1 %a, %b
  ret i1 %c
}}

define ptr @call(ptr %self, ptr %given, i64 %count) nounwind {{
entry:
  %code.at = getelementptr i8, ptr %self, i64 {BYTES_HEAD}
  %code = load ptr, ptr %code.at
  %variables.at = getelementptr i8, ptr %code.at, i64 8
  %variables = load i64, ptr %variables.at
  %directions.at = getelementptr i8, ptr %code.at, i64 16
  %directions = load i64, ptr %directions.at
  %parameters.at = getelementptr i8, ptr %code.at, i64 24
  %parameters = load i64, ptr %parameters.at
  %rows.at = getelementptr i8, ptr %code.at, i64 32
  %rows = load i64, ptr %rows.at
  %columns.at = getelementptr i8, ptr %code.at, i64 40
  %columns = load i64, ptr %columns.at
  %release.at = getelementptr i8, ptr %code.at, i64 48
  %release = load i64, ptr %release.at
  %count.at = getelementptr i8, ptr %code.at, i64 56
  %count.wanted = load i64, ptr %count.at
  %counted = icmp eq i64 %count, %count.wanted
  br i1 %counted, label %take.x, label %slow
take.x:
  %x.object = load ptr, ptr %given
  %x = call ptr @numbers(ptr %x.object, i64 %variables, i64 -1, i32 {_C_CONTIGUOUS | _ALIGNED})
  %x.bad = icmp eq ptr %x, null
  br i1 %x.bad, label %slow, label %has.x
has.x:
  %wants.v = icmp sge i64 %directions, 0
  br i1 %wants.v, label %take.v, label %has.v
take.v:
  %v.at = getelementptr ptr, ptr %given, i64 1
  %v.object = load ptr, ptr %v.at
  %v.taken = call ptr @numbers(ptr %v.object, i64 %directions, i64 -1, i32 {_C_CONTIGUOUS | _ALIGNED})
  %v.bad = icmp eq ptr %v.taken, null
  br i1 %v.bad, label %slow, label %has.v
has.v:
  %v = phi ptr [ null, %has.x ], [ %v.taken, %take.v ]
  %next.p = phi i64 [ 1, %has.x ], [ 2, %take.v ]
  %wants.p = icmp sge i64 %parameters, 0
  br i1 %wants.p, label %take.p, label %has.p
take.p:
  %p.at = getelementptr ptr, ptr %given, i64 %next.p
  %p.object = load ptr, ptr %p.at
  %p.taken = call ptr @numbers(ptr %p.object, i64 %parameters, i64 -1, i32 {_C_CONTIGUOUS | _ALIGNED})
  %p.bad = icmp eq ptr %p.taken, null
  %next.p.1 = add i64 %next.p, 1
  br i1 %p.bad, label %slow, label %has.p
has.p:
  %p = phi ptr [ null, %has.v ], [ %p.taken, %take.p ]
  %next.out = phi i64 [ %next.p, %has.v ], [ %next.p.1, %take.p ]
  %wants.out = icmp sge i64 %rows, 0
  br i1 %wants.out, label %take.out, label %ready
take.out:
  %out.at = getelementptr ptr, ptr %given, i64 %next.out
  %out.object = load ptr, ptr %out.at
  %out.taken = call ptr @numbers(ptr %out.object, i64 %rows, i64 %columns, i32 {_C_CONTIGUOUS | _ALIGNED | _WRITEABLE})
  %out.bad = icmp eq ptr %out.taken, null
  br i1 %out.bad, label %slow, label %has.out
has.out:
  %one.d = icmp slt i64 %columns, 0
  %width = select i1 %one.d, i64 1, i64 %columns
  %size = mul i64 %rows, %width
  %in.x = call i1 @shared(ptr %out.taken, i64 %size, ptr %x, i64 %variables)
  %in.v = call i1 @shared(ptr %out.taken, i64 %size, ptr %v, i64 %directions)
  %in.p = call i1 @shared(ptr %out.taken, i64 %size, ptr %p, i64 %parameters)
  %in.v.too = and i1 %in.v, %wants.v
  %in.p.too = and i1 %in.p, %wants.p
  %in.xv = or i1 %in.x, %in.v.too
  %in.any = or i1 %in.xv, %in.p.too
  br i1 %in.any, label %slow, label %ready
ready:
  %out = phi ptr [ null, %has.p ], [ %out.taken, %has.out ]
  %keeps = icmp eq i64 %release, 0
  br i1 %keeps, label %run, label %run.released
run:
  %value = call double %code(ptr %x, ptr %v, ptr %p, ptr %out)
  %result = call ptr @PyFloat_FromDouble(double %value)
  ret ptr %result
run.released:
  %thread = call ptr @PyEval_SaveThread()
  %value.r = call double %code(ptr %x, ptr %v, ptr %p, ptr %out)
  call void @PyEval_RestoreThread(ptr %thread)
  %result.r = call ptr @PyFloat_FromDouble(double %value.r)
  ret ptr %result.r
slow:
  call void @Py_IncRef(ptr @none)
  ret ptr @none
}}
"""
