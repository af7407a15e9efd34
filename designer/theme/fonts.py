"""Fonts by role: Inter where the system has it, else the system's interface font, and the system's monospace.

It knows the tokens and Qt's font data base, and nothing of who draws the words.
"""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from designer.theme.tokens import FontRole, FontToken, Metrics

PREFERRED_FAMILIES = ("Inter", "Inter Variable")


def font(role: FontRole, metrics: Metrics) -> QFont:
    """Build the font of a role, in pixels and with figures of equal width.

    Args:
        role: What the words are for.
        metrics: Where sizes and weights stand.

    Returns:
        A font to set on a widget or a painter; the same on every paint device, whatever its resolution.
    """
    token = metrics.fonts[role]
    made = _monospace_font() if token.monospace else _interface_font()
    made.setPixelSize(token.size_px)
    made.setWeight(QFont.Weight(token.weight))
    made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    _set_letters(made, token)
    return made


def _set_letters(made: QFont, token: FontToken) -> None:
    if token.capitals:
        made.setCapitalization(QFont.Capitalization.AllUppercase)
    if token.spacing_px:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, token.spacing_px)


def _interface_font() -> QFont:
    for family in PREFERRED_FAMILIES:
        if QFontDatabase.hasFamily(family):
            return QFont(family)
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)


def _monospace_font() -> QFont:
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setStyleHint(QFont.StyleHint.Monospace)
    return made
