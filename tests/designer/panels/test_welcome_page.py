"""The welcome page: everything on it is one click or one Enter away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from designer.panels.welcome.entries import Example, examples, split_notes, title_of
from designer.panels.welcome.page import WelcomePage
from designer.panels.welcome.thumbnail import sketch_of
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, Layout, Node, Place, Project, Wire

LEFT = Qt.MouseButton.LeftButton


def _chain(*kinds: str) -> Project:
    ids = [NodeId(f"n{number}") for number in range(len(kinds))]
    nodes = {id_: Node(id=id_, kind=kind) for id_, kind in zip(ids, kinds, strict=True)}
    wires = tuple(Wire(source, "y", target, "x") for source, target in pairwise(ids))
    return Project(networks={"net": Graph(nodes=nodes, wires=wires)})


def _example(name: str) -> Example:
    return Example(name, title_of(name), "What it shows.", "97 % of test digits", _chain("input", "linear", "output"))


@pytest.fixture
def page(app: QApplication, source: ThemeSource) -> Iterator[WelcomePage]:
    made = WelcomePage(source, Icons(), (_example("digits_cnn"), _example("wine_mlp")))
    made.resize(1000, 700)
    made.show()
    app.processEvents()
    yield made
    made.close()
    made.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _drop(page: WelcomePage, path: Path) -> bool:
    """Drop a file on the page; gives whether the page takes it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(400, 300), copy, data, LEFT, keys)
    QApplication.sendEvent(page, enter)
    QApplication.sendEvent(page, QDropEvent(QPointF(400, 300), copy, data, LEFT, keys))
    return enter.isAccepted()


def test_one_click_opens_an_example(page: WelcomePage) -> None:
    spy = QSignalSpy(page.example_chosen)
    QTest.mouseClick(page.cards[0], LEFT)

    assert (spy.count(), spy.at(0)) == (1, ["digits_cnn"])


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_key_opens_the_example_that_has_the_focus(page: WelcomePage, key: Qt.Key) -> None:
    spy = QSignalSpy(page.example_chosen)
    page.cards[1].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(page.cards[1], key)

    assert (spy.count(), spy.at(0)) == (1, ["wine_mlp"])


def test_everything_to_press_can_be_reached_by_tab_and_has_a_name(page: WelcomePage) -> None:
    page.set_recent(["/a/leaves.netwright"])
    wanted = {*page.new_rows, *page.recent_rows, *page.cards, page.open_button}
    page.new_rows[0].setFocus()
    reached = set()
    for _ in range(len(wanted) + 2):
        reached.add(page.focusWidget())
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)

    assert wanted <= reached
    assert all(row.accessibleName() and row.accessibleDescription() for row in (*page.new_rows, *page.cards))


def test_the_focus_is_seen_as_a_ring(page: WelcomePage, source: ThemeSource) -> None:
    page.activateWindow()
    page.cards[0].setFocus(Qt.FocusReason.TabFocusReason)
    image = page.cards[0].grab().toImage()

    assert image.pixelColor(1, image.height() // 2).name().upper() == source.theme.colors.accent


def test_new_asks_for_data_first(page: WelcomePage) -> None:
    spy = QSignalSpy(page.new_chosen)
    QTest.mouseClick(page.new_rows[1], LEFT)
    QTest.mouseClick(page.new_rows[-1], LEFT)

    assert [row.text() for row in page.new_rows][:5] == ["Digits", "Wine", "Breast cancer", "Iris", "Diabetes"]
    assert [spy.at(0), spy.at(1)] == [["wine", ""], ["", ""]]


def test_recent_projects_open_and_replace_those_before(page: WelcomePage) -> None:
    page.set_recent([f"/a/{number}.netwright" for number in range(9)])
    page.set_recent(["/home/ada/leaves.netwright"])
    spy = QSignalSpy(page.file_chosen)
    QTest.mouseClick(page.recent_rows[0], LEFT)

    assert len(page.recent_rows) == 1
    assert (spy.count(), spy.at(0)) == (1, ["/home/ada/leaves.netwright"])


def test_open_asks_for_a_project(page: WelcomePage) -> None:
    spy = QSignalSpy(page.open_asked)
    QTest.mouseClick(page.open_button, LEFT)

    assert spy.count() == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.TSV", "csv"), ("a.npz", "npz"), ("train-images-idx3-ubyte.gz", "idx"), ("b.idx", "idx")],
)
def test_dropped_data_begins_a_new_project(page: WelcomePage, tmp_path: Path, name: str, kind: str) -> None:
    spy = QSignalSpy(page.new_chosen)
    taken = _drop(page, tmp_path / name)

    assert taken
    assert spy.at(0) == [kind, (tmp_path / name).as_posix()]


def test_a_dropped_project_is_opened(page: WelcomePage, tmp_path: Path) -> None:
    spy = QSignalSpy(page.file_chosen)
    _drop(page, tmp_path / "a.netwright")

    assert spy.at(0) == [(tmp_path / "a.netwright").as_posix()]


def test_a_dropped_file_of_another_kind_is_refused_with_the_reason(page: WelcomePage, tmp_path: Path) -> None:
    spy = QSignalSpy(page.refused)
    _drop(page, tmp_path / "a.docx")

    assert spy.count() == 1
    assert page.message.isVisible()
    assert "a.docx" in page.message.text()


def test_cards_stand_in_fewer_columns_where_there_is_less_room(page: WelcomePage, app: QApplication) -> None:
    side_by_side = page.cards[0].y() == page.cards[1].y()
    page.resize(660, 700)
    app.processEvents()

    assert side_by_side
    assert page.cards[1].y() > page.cards[0].y()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_page_follows_the_theme(page: WelcomePage, source: ThemeSource, theme: str) -> None:
    source.choose("light" if theme == "light" else "dark")
    image = page.cards[0].grab().toImage()

    assert image.pixelColor(20, image.height() - 8).name().upper() == source.theme.colors.card


def test_a_network_in_one_long_row_is_folded(source: ThemeSource) -> None:
    chain = _chain(*["linear"] * 9)
    places = {id_: Place(number * 200.0, 0.0) for number, id_ in enumerate(chain.networks["net"].nodes)}
    laid = Project(networks=chain.networks, layout=Layout(networks={"net": GraphLayout(nodes=places)}))
    sketch = sketch_of(laid, source.theme)

    assert sketch is not None
    assert len({box.top() for box in sketch.boxes.values()}) > 1


def test_folded_nodes_follow_their_wires_and_a_cycle_is_no_trouble(source: ThemeSource) -> None:
    a, b, c = NodeId("a"), NodeId("b"), NodeId("c")
    nodes = {id_: Node(id=id_, kind="relu") for id_ in (c, b, a)}
    straight = Graph(nodes=nodes, wires=(Wire(a, "y", b, "x"), Wire(b, "y", c, "x")))
    circle = Graph(nodes=nodes, wires=(*straight.wires, Wire(c, "y", a, "x")))
    sketch = sketch_of(Project(networks={"net": straight}), source.theme)

    assert sketch is not None
    assert sorted(sketch.boxes, key=lambda id_: sketch.boxes[id_].x()) == [a, b, c]
    assert sketch_of(Project(networks={"net": circle}), source.theme) is not None


def test_a_network_keeps_its_own_places(source: ThemeSource) -> None:
    chain = _chain("input", "linear")
    ids = tuple(chain.networks["net"].nodes)
    layout = Layout(networks={"net": GraphLayout(nodes={ids[0]: Place(10.0, 20.0), ids[1]: Place(200.0, 90.0)})})
    sketch = sketch_of(Project(networks=chain.networks, layout=layout), source.theme)

    assert sketch is not None
    assert (sketch.boxes[ids[1]].x(), sketch.boxes[ids[1]].y()) == (200.0, 90.0)


def test_nothing_is_drawn_of_an_empty_project_or_an_unknown_kind(source: ThemeSource) -> None:
    strange = sketch_of(_chain("no_such_kind"), source.theme)

    assert sketch_of(Project(), source.theme) is None
    assert strange is not None
    assert list(strange.families.values()) == ["data"]


def test_the_bundled_examples_can_all_be_shown() -> None:
    found = examples()

    assert found[0].name == "digits_cnn"
    assert all(example.caption for example in found)


@pytest.mark.parametrize(
    ("make", "given", "wanted"),
    [(title_of, "digits_cnn", "Digits CNN"), (title_of, "diabetes_regression", "Diabetes regression")],
)
def test_names_become_titles(make: Callable[[str], str], given: str, wanted: str) -> None:
    assert make(given) == wanted


def test_notes_hold_the_caption_and_what_is_reached() -> None:
    assert split_notes("Reads\ndigits.\n\n98 %") == ("Reads digits.", "98 %")
    assert split_notes("") == ("", "")
