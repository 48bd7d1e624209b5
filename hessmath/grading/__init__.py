"""Grading of linear algebra and calculus, from the problem and not from a typed key."""

from hessmath.grading.exercise import Exercise
from hessmath.grading.grade import Grade, Verdict

__all__ = ["Exercise", "Grade", "Verdict"]
