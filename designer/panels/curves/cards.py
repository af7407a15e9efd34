"""The two kinds of card: the loss of an objective, and a metric; they must not know each other."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from designer.panels.curves.card import Card, extremes
from designer.panels.curves.lines import Entry, SeriesRole
from designer.panels.curves.record import Series
from designer.panels.curves.words import interval_text, interval_words, value_text
from designer.theme.source import ThemeSource
from engine.layers.kind import Measure

_HEADROOM = 1.04
_ABOVE_ONE = 1.02
"""Top of the axis of a share: a line at 1 stays whole."""


class LossCard(Card):
    """The loss of one objective: training per step, validation per epoch."""

    def series(self) -> list[tuple[str, SeriesRole, Series]]:
        """Give the earlier run's, training's and validation's loss."""
        found: list[tuple[str, SeriesRole, Series]] = []
        if self.earlier and self.name in self.earlier.step_losses:
            losses = self.earlier.validation_losses.get(self.name)
            found.append((self.earlier.title, "earlier", losses or self.earlier.step_losses[self.name]))
        if self.run and self.name in self.run.step_losses:
            found.append(("train", "train", self.run.step_losses[self.name]))
        if self.run and self.name in self.run.validation_losses:
            found.append(("validation", "validation", self.run.validation_losses[self.name]))
        return found

    def entries(self) -> list[Entry]:
        """Name the newest values; training's is the mean of the last whole epoch, once there is one."""
        made = []
        for key, role, series in sorted(self.series(), key=lambda row: _LEGEND.index(row[1])):
            value, words = series.curve.last, ""
            if role == "train" and self.run and self.name in self.run.train_losses:
                value = self.run.train_losses[self.name].curve.last
                words = (
                    f"train {value_text(value)}, mean of the last epoch; newest step {value_text(series.curve.last)}"
                )
            made.append(Entry(role, key, value_text(value), words=words))
        return made

    def bounds(self) -> tuple[float, float]:
        """From 0, or from the smallest loss where that is less, to the largest mean."""
        return _rounded_bounds([series for _key, _role, series in self.series()], from_zero=True)

    def remark(self) -> str:
        """Nothing to say of a loss."""
        return ""


class MetricCard(Card):
    """One metric, on a sample of the training part and on the validation part."""

    def __init__(
        self, source: ThemeSource, name: str, title: str, measure: Measure | None, parent: QWidget | None = None
    ) -> None:
        """Build the card; nothing is known of a metric without a measure, which is drawn all the same."""
        super().__init__(source, name, title, parent)
        self._is_share = measure is not None and measure.is_share
        self._within_one = measure is not None and measure.within_one
        self.plot.note_is_low = measure is not None and measure.rises

    def series(self) -> list[tuple[str, SeriesRole, Series]]:
        """Give the earlier run's, training's and validation's scores."""
        found: list[tuple[str, SeriesRole, Series]] = []
        if self.earlier and self.name in self.earlier.validation_metrics:
            found.append((self.earlier.title, "earlier", self.earlier.validation_metrics[self.name]))
        if self.run and self.name in self.run.train_metrics:
            found.append(("train", "train", self.run.train_metrics[self.name]))
        if self.run and self.name in self.run.validation_metrics:
            found.append(("validation", "validation", self.run.validation_metrics[self.name]))
        return found

    def entries(self) -> list[Entry]:
        """Name the newest values, an accuracy with its interval."""
        made = []
        for key, role, series in sorted(self.series(), key=lambda row: _LEGEND.index(row[1])):
            value = series.curve.last
            counted = self.run and role == "validation" and self._is_share
            samples = self.run.validation_samples if self.run and counted else 0
            words = f"{key} {value_text(value)}; {interval_words(value, samples)}" if samples else ""
            made.append(Entry(role, key, value_text(value), interval_text(value, samples), words))
        return made

    def bounds(self) -> tuple[float, float]:
        """All of 0 to 1 where the metric lies within, else what there is."""
        if self._within_one:
            return 0.0, _ABOVE_ONE
        return _rounded_bounds([series for _key, _role, series in self.series()], from_zero=False)

    def remark(self) -> str:
        """Say on how many samples the validation stands, and that it is one run with one seed."""
        samples = self.run.validation_samples if self.run else 0
        return f"n = {samples} · one seed" if samples else ""


_LEGEND: tuple[SeriesRole, ...] = ("earlier", "validation", "train")


def _rounded_bounds(curves: list[Series], *, from_zero: bool) -> tuple[float, float]:
    found = [pair for pair in map(extremes, curves) if pair is not None]
    if not found:
        return 0.0, 1.0
    low, high = min(pair[0] for pair in found), max(pair[1] for pair in found)
    if from_zero and low >= 0:
        return 0.0, high * _HEADROOM or 1.0
    margin = (_HEADROOM - 1) * ((high - low) or abs(high) or 1.0)
    return low - margin, high + margin
