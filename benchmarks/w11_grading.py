"""W11: grading on warm workers: answers a second, the latency of one answer, 1,000 submissions of a sheet.

    python -m benchmarks.w11_grading                         the sheet below, written answers right and wrong
    python -m benchmarks.w11_grading sheet.toml answers/     an assignment with its submissions, repeated to 1,000

Targets on 2 cores: at least 100 ordinary answers a second, median latency at most 30 ms, 1,000 submissions in at most
3 minutes.  Exercises of kinds that this version does not have are left out and named.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from hessmath.errors import InputError
from hessmath.grading import Assignment, Exercise
from hessmath.grading.running import Settings, grade_class, sheet
from hessmath.grading.submissions import Submission, read_folder
from hessmath.grading.workers import Pool

A = [["2", "1"], ["1", "2"]]
F = "x**2*y + 3*x*y**2 - y"
ORDINARY: list[tuple[dict[str, Any], list[Any]]] = [
    ({"kind": "expression", "variables": "x", "answer": "(x + 1)**3"}, ["x**3 + 3*x**2 + 3*x + 1", "x**3 + 3*x + 1"]),
    (
        {"kind": "expression", "variables": "x y", "answer": "sin(x)**2*y"},
        ["(1 - cos(x)**2)*y", "sin(x)*y", "y*sin(x)**2"],
    ),
    ({"kind": "partial_derivative", "variables": "x y", "function": F, "by": "x"}, ["2*x*y + 3*y**2", "2*x*y"]),
    (
        {"kind": "gradient", "variables": "x y", "function": F},
        [["2*x*y + 3*y**2", "x**2 + 6*x*y - 1"], ["2*x*y + 3*y**2", "x**2 + 6*x*y"]],
    ),
    (
        {"kind": "hessian", "variables": "x y", "function": F},
        [[["2*y", "2*x + 6*y"], ["2*x + 6*y", "6*x"]], [["2*y", "2*x"], ["2*x", "6*x"]]],
    ),
    ({"kind": "determinant", "matrix": A}, ["3", "5"]),
    ({"kind": "inverse", "matrix": A}, [[["2/3", "-1/3"], ["-1/3", "2/3"]], [["2/3", "1/3"], ["1/3", "2/3"]]]),
    ({"kind": "eigenvalues", "matrix": A}, [["1", "3"], ["1", "2"]]),
    ({"kind": "definiteness", "matrix": A}, ["positive definite", "indefinite"]),
]
"""Exercises with answers of students, the first of them right."""


def ordinary() -> tuple[list[tuple[Exercise, list[Any]]], list[str]]:
    """The exercises that this version knows, and the kinds that it does not."""
    known, missing = [], []
    for number, (table, answers) in enumerate(ORDINARY, 1):
        try:
            exercise = Exercise.from_dict({"id": str(number), **table})
            _ = exercise.truth
            known.append((exercise, answers))
        except InputError:
            missing.append(table["kind"])
    return known, missing


def varied(answer: Any, number: int, right: bool) -> Any:
    """The same answer written another way (right), or another wrong one, so that nothing is met twice."""
    if isinstance(answer, list):
        return [varied(answer[0], number, right), *answer[1:]]
    if any(word in answer for word in ("definite", "semi")):
        return answer
    return f"{answer} + {number} - {number}" if right else f"{answer} + {number}"


def throughput(exercises: list[tuple[Exercise, list[Any]]], count: int, workers: int) -> tuple[float, float]:
    """Answers a second, and the median seconds of one answer alone, on warm workers."""

    def tasks() -> Iterator[dict[str, Any]]:
        for number in range(10**9):
            for exercise, answers in exercises:
                which = number % len(answers)
                yield {"exercise": exercise.to_dict(), "answer": varied(answers[which], number, which == 0)}

    with Pool(workers, seconds=60) as pool:
        for _ in pool.run(islice(tasks(), 10 * workers * len(exercises))):
            pass  # warm: each worker has derived each truth
        begun = time.perf_counter()
        decided = sum(not outcome.problem for _, outcome in pool.run(islice(tasks(), 100, 100 + count)))
        rate = decided / (time.perf_counter() - begun)
        single = []
        for task in islice(tasks(), 50_000, 50_000 + 100):
            begun = time.perf_counter()
            pool.grade(task)
            single.append(time.perf_counter() - begun)
    return rate, statistics.median(single)


def submissions(exercises: list[tuple[Exercise, list[Any]]]) -> Iterator[Submission]:
    """Students without end, each with answers of their own."""
    for number in range(10**9):
        answers = {}
        for i, (exercise, given) in enumerate(exercises):
            which = (number + i) % len(given)
            answers[exercise.id] = varied(given[which], number + 100_000, which == 0)
        yield Submission(f"student{number}", answers, digest=str(number))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.w11_grading", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("assignment", nargs="?")
    parser.add_argument("answers", nargs="?")
    parser.add_argument("--count", type=int, default=1000, help="answers and submissions to grade")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    exercises, missing = ordinary()
    if missing:
        print(f"left out: {', '.join(missing)}")
    rate, latency = throughput(exercises, options.count, options.workers)
    print(f"{rate:.0f} answers a second (target 100), median latency {1000 * latency:.1f} ms (target 30)")
    if options.assignment and options.answers:
        assignment = Assignment.load(options.assignment)
        found = list(read_folder(options.answers, sheet(assignment)))
        students = (replace(each, student=f"{each.student}-{i}") for i, each in enumerate(cycle(found)))
    else:
        assignment = Assignment("Ordinary", tuple(exercise for exercise, _ in exercises))
        students = submissions(exercises)
    begun = time.perf_counter()
    results = list(
        grade_class(
            assignment, islice(students, options.count), executor=options.workers, settings=Settings(seconds=60)
        )
    )
    seconds = time.perf_counter() - begun
    waiting = sum(len(result.undecided) for result in results)
    print(
        f"{len(results)} submissions of {len(assignment.exercises)} exercises in {seconds:.1f} s (target 180 for 1000)"
    )
    print(f"{waiting} answers not decided")


if __name__ == "__main__":
    main()
