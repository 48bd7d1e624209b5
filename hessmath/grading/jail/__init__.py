"""What runs on the student's side of the wall: the standard library and NumPy only, no import of hessmath.

``child.py`` is started as a script; ``namespaces.py``, ``landlock.py`` and ``filters.py`` are read by it from their
paths before any line of the student's code runs.  The grader's side is ``hessmath.grading.sandbox``.
"""
