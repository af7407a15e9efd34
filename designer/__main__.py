"""The command `netwright`: the window without a verb, else the command line; it must not import anything heavy."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PROJECT_ENDING: Final = ".netwright"
_NO_DISPLAY: Final = "There is no display here, so the window cannot open; doing the same job without one."


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window, or carry out a verb.

    Args:
        arguments: Words behind `netwright`; those of this process when left out.

    Returns:
        Exit status: 0 done, 1 the work failed, 2 wrong usage.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not _is_project(words):
        try:
            return _verb(words)
        except KeyboardInterrupt:  # while a verb's modules are still being read
            print("Interrupted.", file=sys.stderr)  # noqa: T201
            return 1
    if not has_display(os.environ):
        if words:
            print(  # noqa: T201
                f"{words[0]}: there is no display to open it in. Use a verb: netwright check {words[0]}",
                file=sys.stderr,
            )
            return 1
        print(_NO_DISPLAY)  # noqa: T201 - it is what the person is told
        from engine.cli import headless_demo  # heavy, and needed without a window alone

        return headless_demo()
    from designer.app.start import run  # Qt, which no verb but this needs

    return run(words[0] if words else "")


def has_display(environment: os._Environ[str] | dict[str, str]) -> bool:
    """Say whether a window can open."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _is_project(words: list[str]) -> bool:
    return len(words) == 1 and (words[0].endswith(PROJECT_ENDING) or Path(words[0]).is_file())


def _verb(words: list[str]) -> int:
    if words[0] == "render":
        from designer.app.render import render  # Qt, which other verbs do not need

        return render(words[1:])
    from engine.cli import main as command_line  # torch comes with some verbs

    return int(command_line(words))


if __name__ == "__main__":
    sys.exit(main())
