"""Grading of linear algebra and calculus, from the problem and not from a typed key."""

from hessmath.grading.assignment import Assignment
from hessmath.grading.exercise import Exercise
from hessmath.grading.grade import Grade, Verdict

__all__ = ["Assignment", "Exercise", "Grade", "Verdict"]
