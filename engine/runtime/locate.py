"""From a traceback inside emitted source back to the node; it must not know training."""

from __future__ import annotations

import traceback
from collections.abc import Mapping

from engine.codegen.source import Source
from engine.runtime.build import FILE_PREFIX


def locate(error: BaseException, sources: Mapping[str, Source]) -> str:
    """Give the address of the node whose emitted line raised an error; empty when none did.

    Args:
        error: with its traceback.
        sources: emitted source by the name it was built under.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith(FILE_PREFIX) or frame.lineno is None:
            continue
        source = sources.get(frame.filename.removeprefix(FILE_PREFIX).removesuffix(">"))
        if source is not None and frame.lineno in source.lines:
            return source.lines[frame.lineno]
    return ""
