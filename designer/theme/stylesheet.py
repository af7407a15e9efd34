"""The style sheet and the palette of a theme, and putting them on the application.

The rules stand in `resources/netwright.qss`; here their tokens are filled in. It knows no widget of ours.
"""

from __future__ import annotations

from importlib import resources
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from designer.theme.fonts import font
from designer.theme.sheet_images import image_urls, install_images
from designer.theme.tokens import Metrics, Theme

PALETTE_TOKENS = {
    QPalette.ColorRole.Window: "panel",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "field",
    QPalette.ColorRole.AlternateBase: "panel",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "field",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "error",
    QPalette.ColorRole.ToolTipBase: "card",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "text_faint",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Light: "field_hover",
    QPalette.ColorRole.Midlight: "field",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Dark: "hairline",
    QPalette.ColorRole.Shadow: "shadow",
}
"""Which colour each role of Qt's palette wears."""

WORDS = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.HighlightedText,
)
"""Roles that turn to `text_disabled` in a disabled widget."""


def stylesheet(theme: Theme) -> str:
    """Build the style sheet of the whole application.

    Args:
        theme: Whose colours and sizes it wears.

    Returns:
        Text for `QApplication.setStyleSheet`; its images are found once `apply_theme` has run.
    """
    template = Template(resources.files("resources").joinpath("netwright.qss").read_text(encoding="utf-8"))
    colors = {name: getattr(theme.colors, name) for name in theme.colors.__struct_fields__}
    return template.substitute({**colors, **_sizes(theme.metrics), **image_urls(theme)})


def palette(theme: Theme) -> QPalette:
    """Build Qt's palette of a theme, for what the style sheet does not reach."""
    made = QPalette()
    for role, token in PALETTE_TOKENS.items():
        made.setColor(role, QColor(getattr(theme.colors, token)))
    for role in WORDS:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.colors.text_disabled))
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(theme.colors.field_hover))
    return made


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Dress the application: style, palette, font and style sheet; may be called again to switch live."""
    install_images(theme)
    app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(font("body", theme.metrics))
    app.setStyleSheet(stylesheet(theme))


def _sizes(metrics: Metrics) -> dict[str, str]:
    sizes: dict[str, float] = {
        "hairline_px": metrics.size.hairline,
        "scroll_bar_px": metrics.size.scroll_bar,
        "related": metrics.space.related,
        "group": metrics.space.group,
        "group_spacing": metrics.fonts["group"].spacing_px,
    }
    for role, token in metrics.fonts.items():
        sizes[f"{role}_px"] = token.size_px
        sizes[f"{role}_weight"] = token.weight
    for name in metrics.radius.__struct_fields__:
        sizes[f"radius_{name}"] = getattr(metrics.radius, name)
    return {name: f"{value:g}" for name, value in sizes.items()}
