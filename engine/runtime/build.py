"""Turning emitted source into a module of Python: the one place that executes text, and only text the compiler wrote.

The source is registered with linecache, so tracebacks, debuggers and `inspect.getsource` show the emitted lines.
"""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Final

from engine.codegen.source import Source
from engine.errors import BuildError

FILE_PREFIX: Final = "<netwright "
_IMPORTING: Final = threading.Lock()


def build(source: Source, name: str, provides: Mapping[str, ModuleType] | None = None) -> ModuleType:
    """Execute emitted source.

    Args:
        source: what the compiler wrote and verified.
        name: shown in tracebacks, e.g. `model`.
        provides: modules that its plain imports (`from model import ...`) find.

    Raises:
        BuildError: the source does not run.
    """
    file = f"{FILE_PREFIX}{name}>"
    module = ModuleType(name)
    module.__file__ = file
    lines = source.text.splitlines(keepends=True)
    linecache.cache[file] = (len(source.text), None, lines, file)
    try:
        code = compile(source.text, file, "exec", dont_inherit=True)
        with _IMPORTING, _Provided({**(provides or {}), name: module}):
            exec(code, module.__dict__)  # the compiler's own text, parsed and held against the declared kinds
    except (SyntaxError, ImportError, NameError, AttributeError, TypeError, ValueError) as error:
        raise BuildError(f"the emitted source does not run: {error}", where=name) from error
    return module


class _Provided:
    """Puts modules where imports look for them, for a while."""

    def __init__(self, modules: Mapping[str, ModuleType]) -> None:
        self._modules = modules
        self._before: dict[str, ModuleType | None] = {}

    def __enter__(self) -> None:
        self._before = {name: sys.modules.get(name) for name in self._modules}
        sys.modules.update(self._modules)

    def __exit__(self, *exception: object) -> None:
        for name, module in self._before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
