"""The canvas as a file: SVG, PNG and PDF, without a window."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from designer.canvas.figure import render_figure
from designer.theme.tokens import load_theme
from engine.check.checker import check
from engine.errors import FileError, UsageError
from engine.graph.types import Graph, GraphRef, Project
from engine.project import store
from tests.designer.canvas.conftest import chain_project

REF = GraphRef("networks", "net")


def _render(path: Path, project: Project | None = None) -> bytes:
    drawn = project or chain_project()
    render_figure(drawn, REF, check(drawn), load_theme("light"), path)
    return path.read_bytes()


def test_an_svg_holds_shapes_only_so_that_it_looks_the_same_everywhere(app: QApplication, tmp_path: Path) -> None:
    text = _render(tmp_path / "net.svg").decode()
    tree = ElementTree.fromstring(text)  # our own text

    assert tree.tag.endswith("svg")
    assert "<text" not in text
    assert "<image" not in text
    assert text.count("<path") > 20


def test_a_png_is_twice_as_fine_and_wears_the_theme(app: QApplication, tmp_path: Path) -> None:
    _render(tmp_path / "net.png")
    image = QImage(str(tmp_path / "net.png"))
    theme = load_theme("light")

    assert image.width() == 2 * (480 + 144 + 64)
    assert image.pixelColor(2, 2) == QColor(theme.colors.canvas)
    assert image.pixelColor(2 * 34, 2 * (32 + 40)) == QColor(theme.families["data"])


def test_a_pdf_is_one_page(app: QApplication, tmp_path: Path) -> None:
    data = _render(tmp_path / "net.pdf")

    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 1


def test_another_ending_is_refused_in_words(app: QApplication, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="jpeg"):
        _render(tmp_path / "net.jpeg")
    assert not (tmp_path / "net.jpeg").exists()


def test_an_empty_graph_is_refused_in_words(app: QApplication, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to draw"):
        _render(tmp_path / "net.svg", Project(networks={"net": Graph()}))


def test_a_folder_that_is_not_there_is_said(app: QApplication, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file or folder"):
        _render(tmp_path / "nowhere" / "net.svg")


def test_a_full_disk_leaves_the_older_figure(
    app: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(temporary: Path, data: bytes, mode: int | None) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = _render(tmp_path / "net.svg")
    monkeypatch.setattr(store, "_write_through", full)
    with pytest.raises(FileError, match="the disk is full"):
        _render(tmp_path / "net.svg")

    assert (tmp_path / "net.svg").read_bytes() == before
