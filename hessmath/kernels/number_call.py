"""Calling machine code with Python numbers: the fast call of ``calling.py`` for f(x, y, …) in place of f(array).

The function emitted here takes floats and integers as CPython's fast calling convention hands them over, puts them in a
row on the stack and calls the kernel: 60 ns.  It never raises; where an argument is anything else, it returns
None, and the caller takes the slow route.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from hessmath.kernels.calling import FASTCALL, MethodDefinition, memory_is_as_expected, never
from hessmath.kernels.machine import Library, build

#: The longest row of numbers that is put on the stack.
LONGEST = 1000

_HEAD = bytes.__basicsize__ - 1
_FLOAT_VALUE = 16  # PyFloatObject: reference count, type, value


def number_call(address: int, inputs: int, *, has_out: bool, keep: object) -> Callable[..., Any]:
    """A built-in function ``call(number, …[, out])`` of a kernel at an address.

    It returns the kernel's value as a float, or None when a number is no float or integer.  ``out`` must be a new
    C-contiguous float64 array that is large enough: it is not checked.  The object ``keep`` is kept alive.
    """
    if inputs > LONGEST or not memory_is_as_expected() or not _floats_are_as_expected():
        return never
    contents = struct.pack("<3q", address, inputs, has_out)
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.py_object]
    function: Callable[..., Any] = new(ctypes.addressof(_definition()), contents, keep)
    return function


@cache
def _floats_are_as_expected() -> bool:
    return all(ctypes.c_double.from_address(id(x) + _FLOAT_VALUE).value == 1.5 for x in (1.5, np.float64(1.5)))


@cache
def _definition() -> MethodDefinition:
    """The definition that all such calls share; it and the code that it points to live as long as the process."""
    functions = ("Py_IncRef", "PyFloat_FromDouble", "PyLong_AsDouble", "PyErr_Clear")
    symbols = {name: ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0 for name in functions}
    objects = {"float_type": id(float), "int_type": id(int), "float64_type": id(np.float64), "none": id(None)}
    library = build(_TEXT, ["call"], symbols | objects)
    _KEPT.append(library)
    return MethodDefinition(b"numbers", library.addresses["call"], FASTCALL, None)


_KEPT: list[Library] = []

_TEXT = f"""
@float_type = external global i8
@int_type = external global i8
@float64_type = external global i8
@none = external global i8
declare void @Py_IncRef(ptr)
declare ptr @PyFloat_FromDouble(double)
declare double @PyLong_AsDouble(ptr)
declare void @PyErr_Clear()

define ptr @call(ptr %self, ptr %given, i64 %count) nounwind {{
entry:
  %code.at = getelementptr i8, ptr %self, i64 {_HEAD}
  %code = load ptr, ptr %code.at
  %inputs.at = getelementptr i8, ptr %code.at, i64 8
  %inputs = load i64, ptr %inputs.at
  %has.out.at = getelementptr i8, ptr %code.at, i64 16
  %has.out = load i64, ptr %has.out.at
  %wanted = add i64 %inputs, %has.out
  %counted = icmp eq i64 %count, %wanted
  %row = alloca double, i64 {LONGEST}
  br i1 %counted, label %head, label %slow
head:
  %i = phi i64 [ 0, %entry ], [ %next, %store ]
  %more = icmp slt i64 %i, %inputs
  br i1 %more, label %take, label %run
take:
  %object.at = getelementptr ptr, ptr %given, i64 %i
  %object = load ptr, ptr %object.at
  %type.at = getelementptr i8, ptr %object, i64 8
  %type = load ptr, ptr %type.at
  %is.float = icmp eq ptr %type, @float_type
  %is.float64 = icmp eq ptr %type, @float64_type
  %either = or i1 %is.float, %is.float64
  br i1 %either, label %from.float, label %other
from.float:
  %value.at = getelementptr i8, ptr %object, i64 {_FLOAT_VALUE}
  %float = load double, ptr %value.at
  br label %store
other:
  %is.int = icmp eq ptr %type, @int_type
  br i1 %is.int, label %from.int, label %slow
from.int:
  %int = call double @PyLong_AsDouble(ptr %object)
  %maybe.failed = fcmp oeq double %int, -1.0
  br i1 %maybe.failed, label %failed, label %store
failed:
  call void @PyErr_Clear()
  br label %slow
store:
  %number = phi double [ %float, %from.float ], [ %int, %from.int ]
  %place = getelementptr double, ptr %row, i64 %i
  store double %number, ptr %place
  %next = add i64 %i, 1
  br label %head
run:
  %writes = icmp ne i64 %has.out, 0
  br i1 %writes, label %find.out, label %ready
find.out:
  %out.at = getelementptr ptr, ptr %given, i64 %inputs
  %out.object = load ptr, ptr %out.at
  %data.at = getelementptr i8, ptr %out.object, i64 16
  %data = load ptr, ptr %data.at
  br label %ready
ready:
  %out = phi ptr [ null, %run ], [ %data, %find.out ]
  %value = call double %code(ptr %row, ptr null, ptr null, ptr %out)
  %result = call ptr @PyFloat_FromDouble(double %value)
  ret ptr %result
slow:
  call void @Py_IncRef(ptr @none)
  ret ptr @none
}}
"""
