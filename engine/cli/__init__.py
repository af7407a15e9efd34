"""The command line: the same verbs as in the window, without one; it must not know Qt."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.cli.arguments import parse
from engine.cli.output import Output
from engine.errors import NetwrightError, UsageError

__all__ = ["headless_demo", "main"]


def headless_demo() -> int:
    """Do the designer's job where there is no display; 0 when done, 1 when something failed."""
    from engine.cli.demo import headless_demo as demo  # torch takes two seconds, and only this needs it here

    try:
        return demo()
    except NetwrightError as error:
        Output(json=False).error(error)
        return 1


def main(arguments: Sequence[str]) -> int:
    """Carry out one verb.

    Args:
        arguments: the words behind `netwright`.

    Returns:
        0 when done, 1 when the work failed, 2 when the line was wrong.
    """
    options = parse(arguments)
    if isinstance(options, int):
        return options
    output = Output(json=getattr(options, "json", False))
    try:
        _require_text(arguments)
        status: int = options.verb(options, output)
    except UsageError as error:
        output.error(error)
        return 2
    except NetwrightError as error:
        output.error(error)
        return 1
    except KeyboardInterrupt as interrupted:
        print(str(interrupted) or "Interrupted.", file=sys.stderr)
        return 1
    return 1 if output.is_lost else status


def _require_text(arguments: Sequence[str]) -> None:
    """Refuse words that are no text: they could be written into no plan and no document."""
    for word in arguments:
        try:
            word.encode()
        except UnicodeEncodeError:
            name = word.encode("ascii", "backslashreplace").decode()
            raise UsageError(f"the name {name!r} is no UTF-8 text", remedy="Rename the file") from None
