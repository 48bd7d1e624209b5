"""``python -m hessmath`` is the command line."""

from hessmath.cli import main

main()
