"""Benchmarks: ``python -m benchmarks`` from the root of the repository; see ``__main__``."""
