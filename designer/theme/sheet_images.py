"""The few pictures the style sheet shows (arrows, check marks), recoloured into a cache folder.

Qt's style sheets take pictures from files alone, and ours may stand in a zip; so they are copied out, under
names made of their content, so that two versions of the program never mix. It knows icons and tokens.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from PySide6.QtCore import QDir, QSaveFile, QStandardPaths

from designer.theme.icons import icon_source
from designer.theme.tokens import Theme

SEARCH_PREFIX = "netwrighticons"
"""Qt's search path for the pictures: `netwrighticons:NAME.svg`."""

SHEET_IMAGES = {
    "image_chevron_down": ("chevron_down", "text_secondary"),
    "image_chevron_down_disabled": ("chevron_down", "hairline"),
    "image_chevron_up": ("chevron_up", "text_secondary"),
    "image_chevron_up_disabled": ("chevron_up", "hairline"),
    "image_chevron_right": ("chevron_right", "text_secondary"),
    "image_chevron_left": ("chevron_left", "text_secondary"),
    "image_close": ("close", "text_secondary"),
    "image_float": ("float", "text_secondary"),
    "image_check": ("check", "on_accent"),
    "image_check_plain": ("check", "text"),
    "image_check_disabled": ("check", "text_disabled"),
    "image_dash": ("dash", "on_accent"),
    "image_radio": ("radio_dot", "on_accent"),
    "image_radio_disabled": ("radio_dot", "text_disabled"),
    "image_knob_off": ("knob", "text_secondary"),
    "image_knob_on": ("knob", "on_accent"),
    "image_knob_disabled": ("knob", "text_disabled"),
}
"""Name in the style sheet -> icon and the colour it wears."""


def image_urls(theme: Theme) -> dict[str, str]:
    """Give the address of each picture of the style sheet, by its name there."""
    return {key: f"{SEARCH_PREFIX}:{_file_name(data)}" for key, data in _images(theme).items()}


def install_images(theme: Theme) -> Path:
    """Write the pictures of a theme where the style sheet finds them.

    Args:
        theme: Whose colours they wear.

    Returns:
        The folder they stand in.
    """
    folder = _cache_folder()
    for data in _images(theme).values():
        _write_once(folder / _file_name(data), data)
    if str(folder) not in QDir.searchPaths(SEARCH_PREFIX):
        QDir.addSearchPath(SEARCH_PREFIX, str(folder))
    return folder


def _images(theme: Theme) -> dict[str, bytes]:
    return {key: icon_source(icon, getattr(theme.colors, token)) for key, (icon, token) in SHEET_IMAGES.items()}


def _file_name(data: bytes) -> str:
    return f"{hashlib.sha256(data).hexdigest()[:16]}.svg"


def _write_once(path: Path, data: bytes) -> None:
    if path.exists():
        return
    file = QSaveFile(str(path))
    if file.open(QSaveFile.OpenModeFlag.WriteOnly):
        file.write(data)
        file.commit()


def _cache_folder() -> Path:
    known = QDir.searchPaths(SEARCH_PREFIX)
    if known:
        return Path(known[0])
    cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)
    folder = Path(cache) / "netwright" / "icons"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="netwright-icons-"))
    return folder
