"""What a person has chosen for the program itself: theme, window, recent files; it must not know any window or document."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, Literal

import msgspec
from PySide6.QtCore import QStandardPaths

ThemeChoice = Literal["system", "dark", "light"]
WheelChoice = Literal["zoom", "scroll"]

MAX_RECENT: Final = 12
_FILE: Final = "settings.json"
_log = logging.getLogger(__name__)


class WindowState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the window stood when it was closed; both are base64 of what Qt gives."""

    geometry: str = ""
    workspace: str = "design"
    docks: dict[str, str] = {}
    """State of the docks by workspace."""


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that is remembered between two starts."""

    theme: ThemeChoice = "system"
    wheel: WheelChoice = "zoom"
    recent_files: tuple[str, ...] = ()
    recent_kinds: tuple[str, ...] = ()
    device: str = "auto"
    window: WindowState = WindowState()


class Settings:
    """Holds the preferences and writes each change to the settings file.

    A file that cannot be read is left where it is and the defaults hold; one that cannot be written is logged.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Read the settings.

        Args:
            folder: Where the file stands; the system's place for settings when left out.
        """
        self.folder = folder or settings_folder()
        self._preferences = _read(self.folder / _FILE)

    @property
    def preferences(self) -> Preferences:
        """What holds now."""
        return self._preferences

    def change(self, **values: object) -> None:
        """Set some preferences and write the file; nothing happens where they hold already."""
        changed = msgspec.structs.replace(self._preferences, **values)
        if changed == self._preferences:
            return
        self._preferences = changed
        _write(self.folder / _FILE, changed)

    def remember_file(self, path: Path) -> None:
        """Put a project file at the head of the recent ones."""
        files = (str(path), *(known for known in self._preferences.recent_files if known != str(path)))
        self.change(recent_files=files[:MAX_RECENT])

    def remember_kind(self, key: str) -> None:
        """Put a kind at the head of the recently used ones."""
        kinds = (key, *(known for known in self._preferences.recent_kinds if known != key))
        self.change(recent_kinds=kinds[:MAX_RECENT])


def settings_folder() -> Path:
    """Give the system's folder for Netwright's settings."""
    return _folder(QStandardPaths.StandardLocation.GenericConfigLocation)


def data_folder() -> Path:
    """Give the system's folder for Netwright's own data: runs of unsaved projects, logs."""
    return _folder(QStandardPaths.StandardLocation.GenericDataLocation)


def _folder(place: QStandardPaths.StandardLocation) -> Path:
    return Path(QStandardPaths.writableLocation(place)) / "netwright"


def _read(path: Path) -> Preferences:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Preferences)
    except FileNotFoundError:
        return Preferences()
    except (OSError, msgspec.DecodeError) as error:
        _log.warning("settings not read, the defaults hold: %s: %s", path, error)
        return Preferences()


def _write(path: Path, preferences: Preferences) -> None:
    text = msgspec.json.format(msgspec.json.encode(preferences), indent=2)
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(text)
        partial.replace(path)
    except OSError as error:
        _log.warning("settings not written: %s: %s", path, error)
