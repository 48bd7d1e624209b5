"""A Lark parser over tokens of our own: grammars give the rules, tokenizers the pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def lark_parser(grammar: str, builder: Any) -> Any:
    """An LALR parser whose ``parse`` takes a sequence of tokens with ``kind``, ``text`` and ``column``.

    ``builder`` is a Lark transformer; a token of Lark has the piece's kind as its type.
    """
    from lark import Lark, Token
    from lark.lexer import Lexer

    class Pieces(Lexer):
        """Hands our tokens to Lark."""

        def __init__(self, configuration: Any) -> None:
            """Nothing to configure."""

        def lex(self, data: Any) -> Iterator[Any]:
            """One Lark token for each piece."""
            for piece in data:
                yield Token(piece.kind, piece.text, column=piece.column)

    return Lark(grammar, parser="lalr", lexer=Pieces, transformer=builder)
