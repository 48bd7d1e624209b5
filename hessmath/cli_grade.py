"""The commands ``hessmath grade ASSIGNMENT ANSWERS -o RESULTS``, ``grade check`` and ``grade package``.

Exit codes: 0 everything was judged; 1 something waits for a human (answers that are not decided, files that could not
be read, errors that ``check`` finds); 2 input that cannot be used; 130 interrupted, with the results so far written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hessmath.errors import InputError

if TYPE_CHECKING:
    from hessmath.grading import Assignment
    from hessmath.grading.running import Result, Settings
    from hessmath.grading.submissions import Submission

WAITING, INTERRUPTED = 1, 130


class _WithDefault(click.Group):
    """``hessmath grade FILE …`` means ``hessmath grade run FILE …``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_WithDefault)
def grade() -> None:
    """Grade answers: ASSIGNMENT.toml, a folder of answers, -o RESULTS.

    Exit codes: 0 everything was judged; 1 something waits for a human; 2 input that cannot be used; 130 interrupted.
    """


@grade.command()
@click.argument("assignment", type=click.Path(dir_okay=False))
@click.argument("answers", type=click.Path(file_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False), help="The folder for the results.")
@click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; by default one for each core.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="Limit for one answer.")
@click.option("--memory", type=click.FloatRange(min=1), default=4.0, show_default=True, help="GiB for each worker.")
@click.option("--require-isolation", is_flag=True, help="Refuse to run programs in less than namespaces.")
@click.option(
    "--isolation", metavar="LEVEL", help="The weakest level that will do: bubblewrap, namespaces, user, limits."
)
@click.option("--again", is_flag=True, help="Grade everybody again, not only what changed.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def run(
    assignment: str,
    answers: str,
    output: str,
    jobs: int | None,
    seconds: float,
    memory: float,
    require_isolation: bool,
    isolation: str | None,
    again: bool,
    as_json: bool,
) -> int:
    """Grade every submission in the folder ANSWERS and write JSON, pages, class.csv and a summary.

    Students whose files did not change since the last run are not graded again.
    """
    from hessmath.grading import Assignment, results, running, submissions
    from hessmath.render import grades as pages
    from hessmath.render import progress

    sheet = Assignment.load(assignment)
    required = isolation or ("namespaces" if require_isolation else None)
    settings = running.Settings(seconds, int(memory * 2**30), required)
    folder = Path(output)
    found = list(submissions.read_folder(answers, running.sheet(sheet)))
    done = {} if again else dict(_kept(folder, sheet, found, settings))
    waiting = [each for each in found if each.student not in done]
    stopped = False
    try:
        with progress.bar("grading", total=len(waiting)) as advance:
            for result in running.grade_class(sheet, waiting, executor=jobs, settings=settings) if waiting else ():
                results.write_result(folder, result)
                results.write_text(_page_of(folder, result), pages.student_page(sheet, result))
                done[result.student] = result
                advance(result.student)
    except KeyboardInterrupt:
        stopped = True
    everybody = [done[student] for student in sorted(done)]
    isolated = running.isolation(sheet, settings) if everybody else ""
    summary = results.write_class(folder, sheet, everybody, isolated)
    results.write_text(folder / "summary.html", pages.class_page(summary))
    if as_json:
        click.echo(results.as_json(summary.to_dict()), nl=False)
    else:
        click.echo(pages.class_text(summary, graded=len(waiting), kept=len(found) - len(waiting), folder=str(folder)))
    if stopped:
        click.echo(
            f"hessmath: interrupted after {len(done)} of {len(found)} submissions; run it again to go on", err=True
        )
        return INTERRUPTED
    return WAITING if summary.undecided or summary.problems else 0


def _kept(
    folder: Path, assignment: Assignment, found: list[Submission], settings: Settings
) -> Iterator[tuple[str, Result]]:
    """The results of an earlier run that still hold; answers that ran over are tried again."""
    from hessmath.grading import results, running

    for submission in found:
        mark = running.fingerprint(assignment, submission, settings)
        result = results.read_result(folder, submission.student, mark)
        if result is not None and not result.ran_over and _page_of(folder, result).exists():
            yield submission.student, result


def _page_of(folder: Path, result: Result) -> Path:
    return folder / "students" / f"{result.student}.html"


@grade.command()
@click.argument("assignment", type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(assignment: str, as_json: bool) -> int:
    """Solve every exercise of ASSIGNMENT, compare the author's keys, and say what is wrong or open.

    Exits with 1 when there are errors; warnings are for the author to weigh.
    """
    from hessmath.grading import Assignment
    from hessmath.grading.lint import Level, lint
    from hessmath.grading.results import as_json as written

    sheet = Assignment.load(assignment)
    found = lint(sheet)
    if as_json:
        rows = [{"exercise": each.exercise, "level": each.level.value, "text": each.text} for each in found]
        data: dict[str, Any] = {"title": sheet.title, "points": sheet.points, "findings": rows}
        click.echo(written(data), nl=False)
    else:
        for each in found:
            click.echo(f"{each.level.value}: {f'exercise {each.exercise}: ' if each.exercise else ''}{each.text}")
        click.echo(f"{sheet.title}: {len(sheet.exercises)} exercises, {sheet.points:g} points, {len(found)} findings")
    return WAITING if any(each.level is Level.ERROR for each in found) else 0


@grade.command()
@click.argument("assignment", type=click.Path(dir_okay=False))
@click.option("--gradescope", "system", flag_value="gradescope", help="A zip for Gradescope's autograder.")
@click.option("--prairielearn", "system", flag_value="prairielearn", help="A zip with a question for PrairieLearn.")
@click.option("--otter", "system", flag_value="otter", help="A zip with one test file for each exercise, for otter.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="The zip to write.")
@click.option("--wheel", type=click.Path(dir_okay=False), help="A wheel of hessmath to install instead of PyPI's.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def package(assignment: str, system: str | None, output: str, wheel: str | None, force: bool) -> int:
    """Write what a grading system needs to grade with ASSIGNMENT."""
    from hessmath.grading.exports import PACKAGES

    if system is None:
        raise InputError(f"Say for which system: {', '.join('--' + name for name in PACKAGES)}.")
    path = Path(output)
    if path.exists() and not force:
        raise InputError(f"{path} exists; use --force to overwrite it.")
    PACKAGES[system](Path(assignment), path, None if wheel is None else Path(wheel))
    click.echo(f"{path} written")
    return 0
