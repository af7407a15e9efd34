"""What stands behind the widgets: document, editor, engine, files, runs, theme, built in order; no widgets in here."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from designer.bridge.document_bridge import DocumentBridge
from designer.bridge.engine_bridge import EngineBridge, Starter
from designer.bridge.source_bridge import SourceBridge
from designer.editing.editor import Editor
from designer.editing.files import FileDesk
from designer.editing.pictures import PictureDesk
from designer.editing.runs import RunDesk
from designer.editing.snapshots import SnapshotDesk
from designer.settings import Settings, data_folder
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.graph.document import Document


class Foundation(QObject):
    """Holds what every widget stands on."""

    def __init__(self, app: QApplication, settings: Settings, starter: Starter) -> None:
        """Build everything; no process is started.

        Args:
            app: Qt's application object.
            settings: What the person has chosen.
            starter: Starts an engine process.
        """
        super().__init__()
        self.app = app
        self.settings = settings
        choice = settings.preferences.theme
        self.theme = ThemeSource(app, None if choice == "system" else choice, self)
        self.icons = Icons()
        self.bridge = DocumentBridge(Document(), self)
        self.editor = Editor(self.bridge, self)
        self.engine = EngineBridge(starter, self)
        self.sources = SourceBridge(self.bridge, self.engine, self)
        self.editor.ref_changed.connect(self.sources.follow)
        self.files = FileDesk(self.editor, settings.folder / "journals", data_folder() / "runs", self)
        self.runs = RunDesk(self.editor, self.engine, self.files, self)
        self.runs.device = settings.preferences.device
        self.snapshots = SnapshotDesk(self.editor, self.engine, lambda: self.files.folder, self)
        self.pictures = PictureDesk(self.editor, self.engine, self.runs, lambda: self.files.folder, self)
        self.files.opened.connect(self.snapshots.forget)

    def close(self) -> None:
        """Let processes and files go."""
        self.files.close()
        self.engine.close()
        self.bridge.close()
        # Emptied here, because Qt would empty it while it takes the object apart, and tell those who look at it.
        self.editor.undo_stack.clear()
