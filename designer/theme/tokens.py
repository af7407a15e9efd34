"""The tokens of the look as frozen values, decoded from `resources/themes.json`.

Nothing else in the program names a colour, a font size or a radius. This module knows no Qt: a colour is a
`#RRGGBB` string.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Literal

import msgspec

ThemeName = Literal["dark", "light"]
FontRole = Literal["heading", "title", "body", "strong", "secondary", "group", "mono", "mono_small"]


class Colors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of one theme that stand for a place or a state; each is `#RRGGBB`."""

    canvas: str
    canvas_dot: str
    """Grid dots on the canvas; decoration."""
    panel: str
    """Ground of the window, its bars and its docks."""
    card: str
    """Nodes, plots, menus and other things that lie on canvas or panel."""
    field: str
    """What can be typed into or pressed."""
    field_hover: str
    field_pressed: str
    hairline: str
    """Lines that only divide; never the edge of something to press."""
    border: str
    """Edge of fields, buttons and other things that take the focus."""
    text: str
    text_secondary: str
    text_faint: str
    text_disabled: str
    accent: str
    """Selection, focus and the one primary action; nothing else."""
    accent_hover: str
    accent_pressed: str
    on_accent: str
    selection: str
    """Ground of a selected row or of selected text, under `text`."""
    ok: str
    warning: str
    error: str
    series_train: str
    series_validation: str
    series_earlier: str
    """An earlier run beside the present one; for strokes, its words wear `text_secondary`."""
    shadow: str
    """Laid on with the theme's `shadow_opacity`."""


class FontToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Size and weight of the words in one role."""

    size_px: int
    weight: int
    """As in CSS, 100 to 900."""
    capitals: bool = False
    spacing_px: float = 0.0
    """Added between letters."""
    monospace: bool = False


class Space(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Distances, in px."""

    grid: int
    related: int
    row: int
    group: int
    edge: int


class Radius(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Radii of corners, in px."""

    node: int
    card: int
    field: int
    button: int
    menu: int
    tag: int


class Size(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of things, in px."""

    control_height: int
    row_height: int
    tab_height: int
    icon: int
    icon_small: int
    hairline: int
    scroll_bar: int
    progress: int
    slider_handle: int
    dot_spacing: int
    dot: int
    node_width_min: int
    node_width_max: int
    node_stripe: int
    node_padding: int
    port_radius: int
    badge: int
    wire_width: int
    selection_width: int
    selection_gap: int
    shadow_blur: int
    shadow_offset: int
    text_on_screen_min: int
    """Words on the canvas that would be smaller than this on screen are not drawn."""
    window_width: int
    window_height: int
    palette_width: int
    inspector_width: int
    bottom_height: int


class Motion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lengths of what moves by itself, in ms; `motion.duration_ms` heeds the system's wish for none."""

    fast_ms: int
    normal_ms: int
    slow_ms: int


class Metrics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What both themes share."""

    fonts: Mapping[FontRole, FontToken]
    space: Space
    radius: Radius
    size: Size
    motion: Motion
    bypassed_opacity: float


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the look of one theme needs."""

    name: ThemeName
    colors: Colors
    families: Mapping[str, str]
    """Colour of a node's stripe and picture by family: data, linear, vision, normalisation, activation,
    sequence, loss."""
    wires: Mapping[str, str]
    """Colour of a wire by what it carries: image, vector, sequence, integer, loss."""
    image_stops: tuple[str, ...]
    """Colour map of pictures of numbers, evenly spaced from the smallest value to the largest."""
    shadow_opacity: float
    metrics: Metrics


class _ThemeRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    colors: Colors
    shadow_opacity: float
    families: dict[str, str]
    image_stops: tuple[str, ...]


class _TokenFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    themes: dict[ThemeName, _ThemeRecord]
    wires: dict[str, str]
    metrics: Metrics


def load_theme(name: ThemeName) -> Theme:
    """Read one theme from the token file.

    Args:
        name: Which of the two.

    Returns:
        The theme with the metrics that both share.

    Raises:
        msgspec.ValidationError: The token file lacks a token or has one too many.
    """
    file = _load_file()
    record = file.themes[name]
    wires = {signal: record.families[family] for signal, family in file.wires.items()}
    return Theme(
        name=name,
        colors=record.colors,
        families=MappingProxyType(record.families),
        wires=MappingProxyType(wires),
        image_stops=record.image_stops,
        shadow_opacity=record.shadow_opacity,
        metrics=file.metrics,
    )


def load_metrics() -> Metrics:
    """Read what both themes share: fonts, distances, radii, sizes and lengths of motion."""
    return _load_file().metrics


def _load_file() -> _TokenFile:
    data = resources.files("resources").joinpath("themes.json").read_bytes()
    return msgspec.json.decode(data, type=_TokenFile)
