"""Machine code that is called with one array and answers with an object, all made without entering Python.

``object_call`` gives a built-in function ``call(x)``.  It runs a C function ``double (x, v, context, row)`` on the
numbers of x, where ``row`` is the memory of a new ``bytes`` object, and makes an instance of a class with three
attributes: ``x``, a new array with the first numbers of the row, ``_row``, the row itself, to be read when it is asked
for, and ``_solver``, whom it comes from.  That takes a third of what the same lines take in Python.  Arrays are made
through NumPy's C interface.

Where x is not a plain array, or the number that comes back says so, ``otherwise(x)`` is called instead.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from hessmath.kernels import calling
from hessmath.kernels.calling import BYTES_HEAD, FASTCALL, NUMBERS, MethodDefinition
from hessmath.kernels.machine import Library, build

_NEW_ARRAY = 93  # PyArray_New in NumPy's table of C functions, whose places never change
_FLOAT64 = 12  # NPY_DOUBLE

_CPYTHON = (
    "Py_DecRef",
    "PyBytes_FromStringAndSize",
    "PyObject_CallFunctionObjArgs",
    "PyObject_GenericSetAttr",
    "PyType_GenericAlloc",
)


def object_call(
    address: int,
    variables: int,
    context: int,
    width: int,
    refused: tuple[float, float],
    kind: type,
    owner: object,
    otherwise: Callable[[Any], Any],
    keep: object,
) -> Callable[[Any], Any]:
    """A built-in function x ↦ an instance of ``kind``, whose ``__init__`` is not called.

    Parameters
    ----------
    address : of the C function, which is run while Python waits
    variables, width : how many numbers x and the row have
    context : the address that the function gets as its third argument
    refused : two numbers after which ``otherwise`` is called, should the function return one of them
    kind : a class written in Python without ``__slots__`` and without descriptors that forbid to set the attributes
    owner : the attribute ``_solver``
    otherwise : what to call with x where the machine code does not serve
    keep : what must live as long as the function
    """
    if not calling.memory_is_as_expected():
        return otherwise
    used = (kind, "x", "_row", "_solver", owner, otherwise)
    contents = struct.pack("<10q2d", address, variables, context, 8 * width, *map(id, used), *refused)
    return calling.built_in(_definition(), contents, (used, keep))


@cache
def _definition() -> MethodDefinition:
    symbols = calling.symbols() | {
        name: ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0 for name in _CPYTHON
    }
    library = build(_TEXT, ["call"], symbols | {"new_array": _new_array()})
    _KEPT.append(library)
    return MethodDefinition(b"solve", library.addresses["call"], FASTCALL, None)


_KEPT: list[Library] = []


def _new_array() -> int:
    """The address of PyArray_New(type, nd, dims, typenum, strides, data, itemsize, flags, base)."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table: int = pointer(vars(np)["_core"].multiarray._ARRAY_API, None)
    return ctypes.c_void_p.from_address(table + 8 * _NEW_ARRAY).value or 0


_TEXT = f"""{NUMBERS}
declare void @Py_DecRef(ptr)
declare ptr @PyBytes_FromStringAndSize(ptr, i64)
declare ptr @PyObject_CallFunctionObjArgs(ptr, ...)
declare i32 @PyObject_GenericSetAttr(ptr, ptr, ptr)
declare ptr @PyType_GenericAlloc(ptr, i64)
declare ptr @new_array(ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define ptr @call(ptr %self, ptr %given, i64 %count) nounwind {{
entry:
  %held = getelementptr i8, ptr %self, i64 {BYTES_HEAD}
  %code = load ptr, ptr %held
  %variables.at = getelementptr i8, ptr %held, i64 8
  %variables = load i64, ptr %variables.at
  %otherwise.at = getelementptr i8, ptr %held, i64 72
  %otherwise = load ptr, ptr %otherwise.at
  %one = icmp eq i64 %count, 1
  br i1 %one, label %take, label %wrong
take:
  %object = load ptr, ptr %given
  %x = call ptr @numbers(ptr %object, i64 %variables, i64 -1, i32 {calling._C_CONTIGUOUS | calling._ALIGNED})
  %bad = icmp eq ptr %x, null
  br i1 %bad, label %slow, label %run
run:
  %context.at = getelementptr i8, ptr %held, i64 16
  %context = load ptr, ptr %context.at
  %size.at = getelementptr i8, ptr %held, i64 24
  %size = load i64, ptr %size.at
  %row = call ptr @PyBytes_FromStringAndSize(ptr null, i64 %size)
  %no.row = icmp eq ptr %row, null
  br i1 %no.row, label %fail, label %solve
solve:
  %row.data = getelementptr i8, ptr %row, i64 {BYTES_HEAD}
  %found = call double %code(ptr %x, ptr null, ptr %context, ptr %row.data)
  %first.at = getelementptr i8, ptr %held, i64 80
  %first = load double, ptr %first.at
  %second.at = getelementptr i8, ptr %held, i64 88
  %second = load double, ptr %second.at
  %is.first = fcmp oeq double %found, %first
  %is.second = fcmp oeq double %found, %second
  %refused = or i1 %is.first, %is.second
  br i1 %refused, label %forget, label %answer
forget:
  call void @Py_DecRef(ptr %row)
  br label %slow
answer:
  %point = call ptr @new_array(ptr @array_type, i32 1, ptr %variables.at, i32 {_FLOAT64}, ptr null, ptr null,
                               i32 0, i32 0, ptr null)
  %no.point = icmp eq ptr %point, null
  br i1 %no.point, label %drop.row, label %copy
copy:
  %point.at = getelementptr i8, ptr %point, i64 {calling.DATA}
  %point.data = load ptr, ptr %point.at
  %bytes = shl i64 %variables, 3
  call void @llvm.memcpy.p0.p0.i64(ptr %point.data, ptr %row.data, i64 %bytes, i1 false)
  %kind.at = getelementptr i8, ptr %held, i64 32
  %kind = load ptr, ptr %kind.at
  %result = call ptr @PyType_GenericAlloc(ptr %kind, i64 0)
  %no.result = icmp eq ptr %result, null
  br i1 %no.result, label %drop.both, label %fill
fill:
  %name.x.at = getelementptr i8, ptr %held, i64 40
  %name.x = load ptr, ptr %name.x.at
  %name.row.at = getelementptr i8, ptr %held, i64 48
  %name.row = load ptr, ptr %name.row.at
  %name.owner.at = getelementptr i8, ptr %held, i64 56
  %name.owner = load ptr, ptr %name.owner.at
  %owner.at = getelementptr i8, ptr %held, i64 64
  %owner = load ptr, ptr %owner.at
  %a = call i32 @PyObject_GenericSetAttr(ptr %result, ptr %name.x, ptr %point)
  %b = call i32 @PyObject_GenericSetAttr(ptr %result, ptr %name.row, ptr %row)
  %c = call i32 @PyObject_GenericSetAttr(ptr %result, ptr %name.owner, ptr %owner)
  call void @Py_DecRef(ptr %point)
  call void @Py_DecRef(ptr %row)
  %ab = or i32 %a, %b
  %abc = or i32 %ab, %c
  %set = icmp eq i32 %abc, 0
  br i1 %set, label %done, label %drop.result
done:
  ret ptr %result
drop.result:
  call void @Py_DecRef(ptr %result)
  ret ptr null
drop.both:
  call void @Py_DecRef(ptr %point)
  br label %drop.row
drop.row:
  call void @Py_DecRef(ptr %row)
  br label %fail
fail:
  ret ptr null
slow:
  %answered = call ptr (ptr, ...) @PyObject_CallFunctionObjArgs(ptr %otherwise, ptr %object, ptr null)
  ret ptr %answered
wrong:
  %complained = call ptr (ptr, ...) @PyObject_CallFunctionObjArgs(ptr %otherwise, ptr null)
  ret ptr %complained
}}
"""
