"""Colours of Python source, from the theme's tokens; it must not know where the source comes from."""

from __future__ import annotations

import keyword
import re
from typing import Final

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from designer.theme.tokens import Theme

_TOKEN: Final = re.compile(
    r"(?P<comment>#[^\n]*)"
    r'|(?P<string>[rbf]?"""(?:.|\n)*?(?:"""|$)|[rbf]?"(?:\\.|[^"\\\n])*"?|[rbf]?\'(?:\\.|[^\'\\\n])*\'?)'
    r"|(?P<number>\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b)"
    r"|(?P<word>\b[A-Za-z_]\w*\b)",
    re.IGNORECASE,
)
_WORDS: Final = frozenset(keyword.kwlist)
_IN_TEXT: Final = 1
"""State of a block that ends inside a text of several lines."""


class PythonHighlighter(QSyntaxHighlighter):
    """Keywords strong, comments and texts quiet, numbers in the colour of linear things."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        """Colour a document.

        Args:
            document: What to colour.
            theme: Where colours come from.
        """
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._take(theme)

    def dress(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._take(theme)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        start = self._finish_text(text)
        for found in _TOKEN.finditer(text, start):
            group = str(found.lastgroup)
            if group == "word":
                if found.group() in _WORDS:
                    self._paint(found.start(), found.end(), "keyword")
            else:
                self._paint(found.start(), found.end(), group)
            if group == "string" and _opens(found.group()):
                self.setCurrentBlockState(_IN_TEXT)

    def _finish_text(self, text: str) -> int:
        self.setCurrentBlockState(0)
        if self.previousBlockState() != _IN_TEXT:
            return 0
        end = text.find('"""')
        if end < 0:
            self.setCurrentBlockState(_IN_TEXT)
        stop = len(text) if end < 0 else end + 3
        self._paint(0, stop, "string")
        return stop

    def _paint(self, start: int, end: int, name: str) -> None:
        self.setFormat(start, end - start, self._formats[name])

    def _take(self, theme: Theme) -> None:
        colours = theme.colors
        self._formats = {
            "comment": _format(colours.text_faint),
            "string": _format(colours.text_secondary),
            "number": _format(theme.colors.series_validation),
            "keyword": _format(colours.text, QFont.Weight.DemiBold),
        }


def _opens(text: str) -> bool:
    body = text.lstrip("rbfRBF")
    return body.startswith('"""') and (len(body) < 6 or not body.endswith('"""'))


def _format(colour: str, weight: QFont.Weight = QFont.Weight.Normal) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(colour))
    made.setFontWeight(weight)
    return made
