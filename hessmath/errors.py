"""The exceptions that hessmath raises when a call cannot be understood.

Each message says what was needed, what came instead and what to do.  A solver that did not
converge and a claim that turned out false are results, not errors.
"""


class HessmathError(Exception):
    """Anything that hessmath itself raises on bad input; the command line prints it and exits with 2."""


class InputError(HessmathError, ValueError):
    """A value that cannot be used: a wrong dimension, an unknown name, a number that is not finite."""


class FormulaError(InputError):
    """Text that cannot be read as a formula or claim.

    ``text`` is what was read and ``column`` (from 1) the place that could not be understood.
    """

    def __init__(self, message: str, text: str = "", column: int | None = None) -> None:
        super().__init__(message)
        self.text = text
        self.column = column


class ShapeError(FormulaError):
    """Parts of a formula whose sizes do not fit each other."""


class NotDifferentiable(InputError):
    """A derivative was asked for at a point where it does not exist, such as |x| at 0."""


class WrongKind(HessmathError, TypeError):
    """An object of a kind that the call cannot take."""


class MissingExtra(HessmathError, ImportError):
    """An optional package is not installed; the message names the extra that brings it."""
