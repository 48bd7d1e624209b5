"""Claims from files and folders: TOML, JSON, and pages of ``proofs/``.

A TOML or JSON file holds one claim or several (``[[claims]]``, ``[[claim]]``, a list, ``{"claims": […]}``).  A
page is a Python module that is run: its global claims, in order.  Only pages are code; run only pages you trust.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

from hessmath.errors import HessmathError, InputError
from hessmath.verify.claim_fields import located
from hessmath.verify.claims import Claim
from hessmath.verify.reading import read_fields

MAX_BYTES = 20_000_000
SUFFIXES = (".py", ".toml", ".json")


OnError = Callable[[InputError], None]


def _raise(error: InputError) -> None:
    raise error


def read_paths(paths: Iterable[str | os.PathLike[str]], on_error: OnError = _raise) -> list[Claim]:
    """The claims of files and folders, in the order given; the files of a folder by name.

    Parameters
    ----------
    on_error : called with the sentence for each claim of a claim file that cannot be read; the others are read on

    Raises
    ------
    InputError
        If a path does not exist, holds no claim, or holds something that is not a claim (unless ``on_error`` takes it).
    """
    claims: list[Claim] = []
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"There is no file or folder {str(path)!r}.")
        claims += _folder(path, on_error) if path.is_dir() else read_file(path, on_error)
    return claims


def _folder(folder: Path, on_error: OnError) -> list[Claim]:
    """The claims of the files that lie directly in a folder; Python files that mention no claim are not run."""
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.name[0] not in "._")
    readable = [path for path in files if _is_claim_file(path)]
    claims = [claim for path in readable for claim in read_file(path, on_error)]
    if not readable:
        raise InputError(f"The folder {str(folder)!r} holds no claims; they are read from .py, .toml and .json files.")
    return claims


def _is_claim_file(path: Path) -> bool:
    if path.suffix != ".py":
        return path.is_file()
    return path.is_file() and b"claim(" in path.read_bytes()


def read_file(path: str | os.PathLike[str], on_error: OnError = _raise) -> list[Claim]:
    """The claims of one file, by its suffix; ``on_error`` as in ``read_paths``.

    Raises
    ------
    InputError
        In one sentence that begins with the file's name.
    """
    path = Path(path)
    with located(str(path)):
        if path.suffix not in SUFFIXES:
            raise InputError(f"claims are read from .py, .toml and .json files, not from {path.suffix or 'this'}.")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"the file has {path.stat().st_size:,} bytes, but at most {MAX_BYTES:,} are read.")
        tables = [] if path.suffix == ".py" else _tables(_data(path))
        claims = _from_page(path) if path.suffix == ".py" else []
        if not claims and not tables:
            raise InputError("the file holds no claims.")
    for number, fields in enumerate(tables, start=1):
        try:
            with located(str(path)):
                claims.append(_numbered(fields, number))
        except InputError as error:
            on_error(error)
    return claims


def _data(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text.") from None
    if not text.strip():
        raise InputError("the file is empty.")
    try:
        if path.suffix == ".toml":
            return tomllib.loads(text, parse_float=_number)
        return json.loads(text, parse_float=_number, parse_constant=_number)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is not TOML: {error}.") from None
    except json.JSONDecodeError as error:
        raise InputError(f"this is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise InputError("the file is nested too deeply.") from None


def _number(text: str) -> Fraction:
    """Decimals in files are exact: 0.1 is 1/10."""
    mantissa, _, exponent = text.lower().replace("_", "").partition("e")
    if exponent and abs(int(exponent)) > 400:
        raise InputError(f"the number {text} is too large or too small.")
    try:
        return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)
    except ValueError:
        raise InputError(f"{text} is not a finite number.") from None


def _tables(data: Any) -> list[Any]:
    if isinstance(data, Mapping):
        for key in ("claims", "claim"):
            if isinstance(data.get(key), list):
                extra = [name for name in data if name != key]
                if extra:
                    raise InputError(f"beside the list {key!r} there is {extra[0]!r}, which belongs to no claim.")
                return list(data[key])
        return [data]
    if isinstance(data, list):
        return data
    raise InputError("a claim file holds a table of fields or a list of them.")


def _numbered(fields: Any, number: int) -> Claim:
    if not isinstance(fields, Mapping):
        raise InputError(f"entry {number} is not a table of fields.")
    return read_fields(fields if "id" in fields else {"id": f"claim {number}", **fields})


def _from_page(path: Path) -> list[Claim]:
    module = _run(path)
    claims: list[Claim] = []
    for value in vars(module).values():
        if isinstance(value, Claim):
            claims.append(value)
        elif isinstance(value, list | tuple) and value and all(isinstance(item, Claim) for item in value):
            claims += value
    return list({id(claim): claim for claim in claims}.values())


def _run(path: Path) -> ModuleType:
    """The page as a module; what goes wrong in it becomes one sentence with its line."""
    spec = importlib.util.spec_from_file_location(f"_hessmath_page_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError("the page cannot be loaded as a Python module.")
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except HessmathError:
        raise
    except SyntaxError as error:
        raise InputError(f"line {error.lineno} is not Python: {error.msg}.") from None
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f"line {lines[-1]}: " if lines else ""
        raise InputError(f"{place}{type(error).__name__}: {error}") from error
    finally:
        sys.dont_write_bytecode = written
    return module
