"""Every exception the engine raises on purpose; what is wrong with a user's graph is a problem (data), never one of these.

NetwrightError                 anything refused, with what, where and what to do
|-- UsageError                 the command line or a call was used wrongly (exit status 2)
|-- EditRefused                an edit does not fit the project it was applied to
|-- AddressError               a text is no address, or names nothing
|-- ExpressionError            an expression cannot be read or has no value
|-- FileError                  a file cannot be read or written
|   |-- FormatError            a project file says something that is not a project
|   `-- NewerFormatError       a project file was written by a newer Netwright
|-- DataError                  a data source cannot give what was asked of it
|-- BuildError                 a network could not be turned into a module
|-- RunError                   a run could not start or go on
|   `-- NonFiniteError         a value stopped being finite
|-- ExportError                an export failed, or differs from the network
`-- EngineError                an engine process broke off or spoke nonsense

Source: the shape of the tree follows the idea of one small, documented tree per program.
"""

from __future__ import annotations


class NetwrightError(Exception):
    """Something was refused.

    Args:
        what: what is wrong, one sentence without a full stop.
        where: address, file or line concerned; empty when there is none.
        remedy: what the user can do about it; empty when nothing is known.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = " ".join(what.split())
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """Give one line: where, what, what to do."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.remedy}" if self.remedy else head


class UsageError(NetwrightError):
    """The command line or a call was used wrongly."""


class EditRefused(NetwrightError):
    """An edit does not fit the project it was applied to."""


class AddressError(NetwrightError):
    """A text is no address, or names nothing."""


class ExpressionError(NetwrightError):
    """An expression cannot be read or has no value."""


class FileError(NetwrightError):
    """A file cannot be read or written."""


class FormatError(FileError):
    """A project file says something that is not a project."""


class NewerFormatError(FileError):
    """A project file was written by a newer Netwright."""


class DataError(NetwrightError):
    """A data source cannot give what was asked of it."""


class BuildError(NetwrightError):
    """A network could not be turned into a module."""


class RunError(NetwrightError):
    """A run could not start or go on."""


class NonFiniteError(RunError):
    """A value stopped being finite; `where` is the address of the first node that shows it."""


class ExportError(NetwrightError):
    """An export failed, or differs from the network."""


class EngineError(NetwrightError):
    """An engine process broke off or spoke nonsense."""
