"""What data code raises, as errors that say where and what to do; it must not know which code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import DataError


@contextmanager
def refusing(where: str) -> Iterator[None]:
    """Run code that reads data.

    Args:
        where: what the data is of.

    Raises:
        DataError: the data is not there or not what the graph says.
    """
    try:
        yield
    except OSError as error:
        words = f"{error.filename} cannot be read: {error.strerror}"
        raise DataError(words, where=where, remedy="Choose data") from error
    except ValueError as error:
        raise DataError(str(error), where=where, remedy="Mend the data or choose another") from error
