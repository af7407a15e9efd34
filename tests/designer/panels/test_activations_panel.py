"""Bigger pictures: one chooses a node, what of it, and a sample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from designer.panels.activations.panel import ActivationsPanel
from designer.panels.activations.words import EMPTY, cost_words, number_text, picture_words, sample_words
from designer.theme.source import ThemeSource
from engine.runs.events import Picture, Probed, Use

MAPS = Picture(
    address="net.conv1",
    form="maps",
    shape=(2, 2, 2),
    data=bytes([0, 50, 100, 150, 200, 250, 0, 255]),
    low=-1.0,
    high=3.5,
    zeros=0.25,
    note="2 of 64 channels",
)
WEIGHTS = Picture(address="net.conv1", form="maps", what="weight", shape=(1, 1, 1), data=b"\x10", low=-1.0, high=1.0)
BARS = Picture(
    address="net.scores",
    form="bars",
    shape=(3,),
    data=np.array([0.5, -1.0, 2.0], dtype="<f4").tobytes(),
    low=-1.0,
    high=2.0,
    labels=("cat", "dog", "hen"),
)


@pytest.fixture
def panel(app: QApplication, source: ThemeSource) -> Iterator[ActivationsPanel]:
    made = ActivationsPanel(source)
    made.resize(900, 320)
    made.show()
    app.processEvents()
    yield made
    made.close()
    made.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_an_empty_panel_says_what_will_be_there(panel: ActivationsPanel) -> None:
    assert panel.empty.text() == EMPTY
    assert panel.empty.isVisible()


def test_nodes_with_pictures_can_be_chosen_by_key(panel: ActivationsPanel) -> None:
    panel.set_pictures({"net.conv1": MAPS, "net.scores": BARS})
    spy = QSignalSpy(panel.node_chosen)
    panel.nodes.setFocus()
    QTest.keyClick(panel.nodes, Qt.Key.Key_Down)

    assert [panel.nodes.item(row).text() for row in range(2)] == ["conv1", "scores"]
    assert (spy.count(), spy.at(0)) == (1, ["net.scores"])
    assert panel.shown == BARS


def test_new_pictures_keep_the_node_looked_at_and_choose_nothing(panel: ActivationsPanel) -> None:
    panel.set_pictures({"net.conv1": MAPS, "net.scores": BARS})
    panel.choose_node("net.scores")
    spy = QSignalSpy(panel.node_chosen)
    panel.set_pictures({"net.first": MAPS, "net.conv1": MAPS, "net.scores": BARS})

    assert panel.node == "net.scores"
    assert spy.count() == 0


def test_a_node_chosen_elsewhere_is_shown_and_not_told_back(panel: ActivationsPanel) -> None:
    panel.show_pictures([MAPS, WEIGHTS, BARS])
    spy = QSignalSpy(panel.node_chosen)
    panel.choose_node("net.scores")
    panel.choose_node("net.none")

    assert panel.shown == BARS
    assert spy.count() == 0


def test_what_is_shown_of_a_node_can_be_chosen(panel: ActivationsPanel) -> None:
    panel.set_probe(Probed(step=5, epoch=1, pictures=(MAPS, WEIGHTS)))
    panel.what.setFocus()
    QTest.keyClick(panel.what, Qt.Key.Key_Down)

    assert [panel.what.itemText(row) for row in range(panel.what.count())] == ["Activation", "Weights"]
    assert panel.shown == WEIGHTS


def test_every_partial_view_says_so_beside_range_and_zeros(panel: ActivationsPanel) -> None:
    panel.set_pictures({"net.conv1": MAPS})

    assert panel.picture_label.text() == "2 maps of 2 × 2 · 2 of 64 channels · −1.00 to 3.50 · 25 % at 0"
    assert "2 of 64 channels" in panel.view.accessibleName()


def test_health_and_the_cost_of_watching_are_shown(panel: ActivationsPanel) -> None:
    probe = Probed(
        step=120,
        epoch=3,
        pictures=(MAPS,),
        gradient_norms={"classifier.conv1": 0.0021},
        update_ratios={"classifier.conv1": 0.0004},
        milliseconds=8.25,
        uses=(Use(network="net", model="classifier"),),
    )
    panel.set_probe(probe)
    panel.set_cost(0.012)

    assert panel.health_label.text() == "gradient norm 2.1e−3 · update / weight 4.0e−4 · step 120"
    assert panel.cost_label.text() == "watching costs 1.2 % of training time · last look 8.25 ms"


def _two_uses_and_another_model() -> Probed:
    uses = [("disc", "see_real"), ("disc", "judge"), ("twin", "")]
    seen = [replace(MAPS, model=model, use=use, low=-number) for number, (model, use) in enumerate(uses)]
    weights = [replace(WEIGHTS, model=model) for model in ("disc", "twin")]
    return Probed(
        step=9,
        epoch=0,
        pictures=(*seen, *weights, replace(BARS, address="other.scores", model="alone")),
        gradient_norms={"disc.conv1": 0.5, "twin.conv1": 0.25},
        uses=(
            *(Use(network="net", model=model, use=use) for model, use in uses),
            Use(network="other", model="alone"),
        ),
    )


def test_the_first_model_and_use_is_shown_until_another_is_chosen_by_key(panel: ActivationsPanel) -> None:
    panel.set_probe(_two_uses_and_another_model())
    spy = QSignalSpy(panel.use_chosen)
    first = (panel.shown, panel.health_label.text())
    panel.use.setFocus()
    QTest.keyClick(panel.use, Qt.Key.Key_Down)
    QTest.keyClick(panel.use, Qt.Key.Key_Down)

    assert [panel.use.itemText(row) for row in range(3)] == ["disc · see_real", "disc · judge", "twin"]
    assert first == (replace(MAPS, model="disc", use="see_real", low=0.0), "gradient norm 0.50 · step 9")
    assert [spy.at(number)[0].model for number in range(spy.count())] == ["disc", "twin"]
    assert panel.shown == replace(MAPS, model="twin", low=-2.0)
    assert panel.health_label.text() == "gradient norm 0.25 · step 9"


def test_weights_of_a_model_are_shown_in_each_of_its_uses_and_the_choice_survives_the_next_probe(
    panel: ActivationsPanel,
) -> None:
    panel.set_probe(_two_uses_and_another_model())
    panel.what.setCurrentIndex(1)
    panel.use.setFocus()
    QTest.keyClick(panel.use, Qt.Key.Key_Down)
    panel.set_probe(_two_uses_and_another_model())

    assert panel.use.currentText() == "disc · judge"
    assert panel.shown == replace(WEIGHTS, model="disc")


def test_uses_can_be_chosen_only_where_there_are_several(panel: ActivationsPanel) -> None:
    panel.set_probe(_two_uses_and_another_model())
    several = panel.use.isVisible()
    panel.choose_node("other.scores")
    one = panel.use.isVisible()
    panel.choose_node("net.conv1")
    panel.set_pictures({"net.conv1": MAPS})

    assert (several, one, panel.use.isVisible()) == (True, False, False)
    assert panel.shown == MAPS


def test_a_sample_is_asked_for_by_its_number_and_only_by_the_person(panel: ActivationsPanel) -> None:
    panel.set_pictures({"net.conv1": MAPS})
    spy = QSignalSpy(panel.sample_chosen)
    panel.set_sample(7, 1797, sample_words("7", "3", trained=False, made_up=False))
    told = spy.count()
    panel.sample.setFocus()
    QTest.keyClick(panel.sample, Qt.Key.Key_Up)

    assert told == 0
    assert (spy.count(), spy.at(0)) == (1, [8])
    assert panel.sample_label.text() == "data says 7 · network says 3 · untrained"


@pytest.mark.parametrize("picture", [MAPS, BARS])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_pictures_are_painted_in_both_themes(
    panel: ActivationsPanel, source: ThemeSource, picture: Picture, theme: str
) -> None:
    source.choose("light" if theme == "light" else "dark")
    panel.set_pictures({picture.address: picture})
    image = panel.view.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 60, 4) for y in range(30, image.height(), 4)}

    assert len(colours) > 1


def test_a_histogram_without_spread_is_no_trouble(panel: ActivationsPanel) -> None:
    flat = Picture(address="net.a", form="histogram", shape=(2,), data=bytes(8), low=0.0, high=0.0)
    panel.set_pictures({"net.a": flat})

    assert not panel.view.grab().isNull()


def test_clearing_shows_the_empty_page(panel: ActivationsPanel) -> None:
    panel.set_pictures({"net.conv1": MAPS})
    panel.clear()

    assert panel.empty.isVisible()
    assert panel.node == ""


def test_numbers_and_words() -> None:
    assert [number_text(value) for value in (0.0, 0.00213, -1.234, 123.4, float("nan"))] == [
        "0",
        "2.1e−3",
        "−1.23",
        "123",
        "not finite",
    ]
    assert cost_words(None, None) == ""
    assert picture_words(BARS) == "3 values · −1.00 to 2.00"
