"""An editor with a small project open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from designer.bridge.document_bridge import DocumentBridge
from designer.editing.editor import Editor
from engine.graph.document import Document
from tests.designer.drawn import digits


@pytest.fixture
def editor(app: QApplication) -> Iterator[Editor]:
    """Give an editor; the digits network is open and nothing is selected."""
    bridge = DocumentBridge(Document(digits()))
    made = Editor(bridge)
    yield made
    bridge.close()
    made.undo_stack.clear()
