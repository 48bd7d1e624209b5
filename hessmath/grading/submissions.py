"""What students hand in: one file or one folder for each student, read without running anything in it.

``answers/alice.toml``, ``.json``, ``.md``, ``.ipynb`` and ``.py`` (for coding exercises); several files of one name,
or a folder of that name, are one submission.  Sizes are bounded before anything is parsed.  A file that cannot be read
is said in one sentence and does not stop the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hessmath.errors import InputError

LARGEST_FILE = 1_000_000
LARGEST_NOTEBOOK = 20_000_000
MOST_ANSWERS = 1000
MOST_FILES = 20
LONGEST_TEXT = 100_000
DEEPEST = 8
STUDENT_KEYS = ("student", "name")


@dataclass(frozen=True)
class Submission:
    """A student's answers by the exercises' ids, and what could not be read, one sentence each."""

    student: str
    answers: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a reader has to know of the assignment: the ids in order, and which of them ask for code."""

    ids: tuple[str, ...]
    code: tuple[str, ...] = ()

    def known(self, name: str) -> str | None:
        """The id that a heading or key means: itself, or after a word as in "Exercise 2a"."""
        name = name.strip().strip("`*_:. ")
        if name in self.ids:
            return name
        match = re.fullmatch(r"(?i)(?:exercise|question|problem|answer|task|part|aufgabe)\s+(\S+?)[:.]?", name)
        return match[1] if match and match[1] in self.ids else None


def read_folder(path: str | os.PathLike[str], sheet: Sheet) -> Iterator[Submission]:
    """The submissions of a folder, by name.

    Raises
    ------
    InputError
        If there is no such folder, or nothing in it that could be a submission.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "alice.toml").write_text('1a = "2*x"')
    >>> [(each.student, each.answers) for each in read_folder(folder, Sheet(("1a", "1b")))]
    [('alice', {'1a': '2*x'})]
    """
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder of submissions.")
    groups: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.startswith((".", "__")):
            continue
        if entry.is_dir() and not entry.is_symlink():
            groups.setdefault(entry.name, []).extend(_inside(entry))
        elif entry.suffix.lower() in READERS:
            groups.setdefault(entry.stem, []).append(entry)
    if not groups:
        raise InputError(f"{folder} holds no submission: put files such as alice.toml there ({', '.join(READERS)}).")
    for student, files in sorted(groups.items()):
        yield read_submission(student, files, sheet)


def _inside(folder: Path) -> list[Path]:
    """The files of a student's own folder that can be read, not those of folders inside it."""
    found = sorted(folder.iterdir(), key=lambda each: each.name)
    return [each for each in found if each.suffix.lower() in READERS and not each.name.startswith(".")]


def read_submission(student: str, files: Sequence[Path], sheet: Sheet) -> Submission:
    """One student's files together; the first answer to an exercise stands, and a second one is said."""
    answers: dict[str, Any] = {}
    problems: list[str] = []
    digest = hashlib.sha256()
    if not files:
        problems.append("There is no file that can be read.")
    if len(files) > MOST_FILES:
        problems.append(f"There are {len(files)} files; the first {MOST_FILES} are read.")
    for path in files[:MOST_FILES]:
        digest.update(path.name.encode(errors="surrogateescape") + b"\0")
        try:
            raw = read_bytes(path)
            digest.update(hashlib.sha256(raw).digest())
            found, remarks = read_text(raw, path.suffix.lower(), sheet)
        except InputError as error:
            problems.append(f"{path.name}: {error}")
            continue
        problems += [f"{path.name}: {remark}" for remark in remarks]
        for name, answer in found.items():
            if name in answers and answers[name] != answer:
                problems.append(f"{path.name}: exercise {name} is answered twice; the first answer counts.")
            answers.setdefault(name, answer)
    return Submission(student, answers, tuple(map(_printable, problems)), digest.hexdigest())


def read_bytes(path: Path) -> bytes:
    """The content of a regular file of bounded size.

    Raises
    ------
    InputError
        If it is a link, a pipe, a device, or too large.
    """
    most = LARGEST_NOTEBOOK if path.suffix.lower() == ".ipynb" else LARGEST_FILE
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        why = "it is a link" if path.is_symlink() else error.strerror
        raise InputError(f"The file cannot be opened: {why}.") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError("This is not an ordinary file.")
        raw = file.read(most + 1)
    if len(raw) > most:
        raise InputError(f"The file has more than {most:,} bytes.")
    return raw


def read_text(raw: bytes, suffix: str, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    """The answers in a file's bytes, and remarks on what was left out.

    Raises
    ------
    InputError
        If the bytes are no text, or no file of this form.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"The file is not UTF-8 text (byte {error.start}); save it as UTF-8.") from None
    if "\0" in text:
        raise InputError("The file holds zero bytes, so it is no text.")
    try:
        found, remarks = READERS[suffix](text.replace("\r\n", "\n").replace("\r", "\n"), sheet)
    except RecursionError:
        raise InputError("The file is nested too deeply.") from None
    if len(found) > MOST_ANSWERS:
        raise InputError(f"The file has {len(found)} answers, more than {MOST_ANSWERS}.")
    kept = {}
    for name, answer in found.items():
        problem = _unusable(answer)
        if problem is None:
            kept[name] = answer
        else:
            remarks.append(f"exercise {name}: {problem}")
    return kept, remarks


def _unusable(answer: Any, depth: int = 0) -> str | None:
    """Why a value cannot be an answer; None if it can."""
    if depth > DEEPEST:
        return f"the answer is nested more than {DEEPEST} deep."
    if isinstance(answer, str):
        return None if len(answer) <= LONGEST_TEXT else f"the answer has more than {LONGEST_TEXT:,} characters."
    if isinstance(answer, bool) or answer is None or isinstance(answer, int | float):
        return (
            None if answer is None or isinstance(answer, bool) or abs(answer) < 1e300 else "the number is not finite."
        )
    if isinstance(answer, Mapping | list):
        if len(answer) > 200:
            return f"a part of the answer has {len(answer)} entries, more than 200."
        inner = answer.values() if isinstance(answer, Mapping) else answer
        return next((found for each in inner if (found := _unusable(each, depth + 1))), None)
    return f"an answer is text or lists of texts, not a {type(answer).__name__}."


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text)[:500]


# --- one reader for each form


def _from_tables(data: Any, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    """Answers of TOML and JSON: under ``answers``, or at the top."""
    if not isinstance(data, Mapping):
        raise InputError("The file must be a table from exercises to answers.")
    inner = data.get("answers")
    table = inner if isinstance(inner, Mapping) else data
    answers: dict[str, Any] = {}
    remarks = []
    for key, answer in table.items():
        name = sheet.known(str(key))
        if name is not None:
            answers[name] = answer
        elif key not in STUDENT_KEYS:
            remarks.append(f"there is no exercise {str(key)[:40]!r}.")
    return answers, remarks[:20]


def _toml(text: str, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    if text.count(".") > 4000 or text.count("[") > 20_000:  # the parser's time is quadratic in the parts of a key
        raise InputError("The file has too many tables or dots for a file of answers.")
    try:
        data = tomllib.loads(text, parse_float=str)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise InputError(f"The file is not TOML: {error}.") from None
    return _from_tables(data, sheet)


def _json(text: str, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    return _from_tables(_loaded(text), sheet)


def _loaded(text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
            raise InputError(f"The file has the key {twice[:40]!r} twice.")
        return found

    def refuse(name: str) -> Any:
        raise InputError(f"The file holds {name}, which is no number.")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_float=str)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"The file is not JSON: {str(error)[:100]}.") from None


_HEADING = re.compile(r"#{1,6}[ \t]+(.{1,200}?)[ \t#]*")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})[ \t]*([^`\n]{0,200})")


def _markdown(text: str, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    """Blocks under headings that are ids, or fences whose info names one; of a block with fences these count."""
    answers: dict[str, Any] = {}
    remarks: list[str] = []
    current: str | None = None
    prose: list[str] = []
    fences: list[str] = []

    def close() -> None:
        if current is not None:
            body = "\n\n".join(fences) if fences else _unwrapped("\n".join(prose))
            _add(answers, remarks, current, body)

    lines = iter(text.split("\n"))
    for line in lines:
        fence, heading = _FENCE.fullmatch(line), _HEADING.fullmatch(line)
        if fence:
            content = _until(lines, fence[1], remarks)
            named = next((name for word in fence[2].split() if (name := sheet.known(word.strip("{}.#")))), None)
            if named is not None:
                _add(answers, remarks, named, content)
            elif current is not None:
                fences.append(content)
        elif heading:
            close()
            current, prose, fences = sheet.known(heading[1]), [], []
        else:
            prose.append(line)
    close()
    if not answers:
        remarks.append("no heading or fence names an exercise of this sheet.")
    return answers, remarks


def _until(lines: Iterator[str], mark: str, remarks: list[str]) -> str:
    """The lines up to the fence that closes the one with this mark."""
    content: list[str] = []
    for line in lines:
        if line.strip().startswith(mark) and not line.strip().strip(mark[0]):
            return "\n".join(content)
        content.append(line)
    remarks.append("a fenced block is not closed; it goes to the end of the file.")
    return "\n".join(content)


def _unwrapped(text: str) -> str:
    """Prose without the dollar signs around one formula."""
    text = text.strip()
    for mark in ("$$", "$"):
        inner = text[len(mark) : -len(mark)]
        if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark) and "$" not in inner:
            return inner.strip()
    return text


def _add(answers: dict[str, Any], remarks: list[str], name: str, body: str) -> None:
    if not body.strip():
        return
    if name in answers:
        remarks.append(f"exercise {name} is answered twice; the first answer counts.")
    answers.setdefault(name, body)


def _notebook(text: str, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    """Cells marked by their metadata or first line; Markdown cells are read like a Markdown file."""
    data = _loaded(text)
    cells = data.get("cells") if isinstance(data, Mapping) else None
    if not isinstance(cells, list):
        raise InputError("The file is not a notebook: it has no list of cells.")
    answers: dict[str, Any] = {}
    remarks: list[str] = []
    prose: list[str] = []
    heading: str | None = None
    for cell in cells[:5000]:
        source = _source(cell)
        if source is None:
            remarks.append("a cell has no text.")
            continue
        name = _cell_name(cell, source, sheet)
        if cell.get("cell_type") == "code":
            name = name or (heading if heading in sheet.code else None)  # cells of tries are no answers
            if name is not None:
                _add(answers, remarks, name, source if name in sheet.code else _without_marker(source))
        elif cell.get("cell_type") == "markdown":
            if name is not None:
                _add(answers, remarks, name, _unwrapped(_without_heading(source)))
            else:
                prose.append(source)
            last = [
                known for line in source.split("\n") if (m := _HEADING.fullmatch(line)) and (known := sheet.known(m[1]))
            ]
            heading = last[-1] if last else heading
    found, _ = _markdown("\n\n".join(prose), sheet)
    for name, body in found.items():
        answers.setdefault(name, body)
    if not answers:
        remarks.append("no cell names an exercise of this sheet.")
    return answers, remarks


_MARKER = re.compile(
    r"#+[ \t]*%*[ \t]*(?:exercise|question|problem|answer|task|id)?[ \t]*:?[ \t]*(\S{1,60})[ \t]*", re.I
)


def _source(cell: Any) -> str | None:
    source = cell.get("source") if isinstance(cell, Mapping) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _cell_name(cell: Mapping[str, Any], source: str, sheet: Sheet) -> str | None:
    """The id in a cell's metadata (``hessmath.id``, nbgrader's ``grade_id``) or first line (``# exercise: 1a``)."""
    metadata = cell.get("metadata")
    if isinstance(metadata, Mapping):
        for place, key in (("hessmath", "id"), ("nbgrader", "grade_id")):
            inner = metadata.get(place)
            if isinstance(inner, Mapping) and isinstance(inner.get(key), str) and sheet.known(inner[key]):
                return sheet.known(inner[key])
    first = source.lstrip("\n").split("\n", 1)[0]
    if cell.get("cell_type") != "code":
        return None
    match = _MARKER.fullmatch(first)
    return sheet.known(match[1].rstrip(":.")) if match else None


def _without_marker(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if not line.lstrip().startswith("#")).strip()


def _without_heading(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if not _HEADING.fullmatch(line))


def _python(text: str, sheet: Sheet) -> tuple[dict[str, Any], list[str]]:
    """A program: parts after ``# exercise: ID`` lines, or the whole file for every coding exercise; never run here."""
    pieces: dict[str, list[str]] = {}
    current: list[str] | None = None
    shared: list[str] = []
    for line in text.split("\n"):
        match = _MARKER.fullmatch(line)
        name = sheet.known(match[1].rstrip(":.")) if match else None
        if name is not None:
            current = pieces.setdefault(name, [])
        (shared if current is None else current).append(line)
    remarks = [f"exercise {name} does not ask for a program." for name in pieces if name not in sheet.code]
    if not sheet.code:
        raise InputError("No exercise of this sheet asks for a program.")
    if not pieces:
        return dict.fromkeys(sheet.code, text), remarks
    top = "\n".join(shared)
    return {name: top + "\n" + "\n".join(lines) for name, lines in pieces.items() if name in sheet.code}, remarks


READERS: dict[str, Callable[[str, Sheet], tuple[dict[str, Any], list[str]]]] = {
    ".toml": _toml,
    ".json": _json,
    ".md": _markdown,
    ".ipynb": _notebook,
    ".py": _python,
}
"""The forms of submissions by the ending of the file's name."""
