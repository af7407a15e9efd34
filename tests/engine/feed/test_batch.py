"""The samples that are looked at."""

from __future__ import annotations

import torch

from engine.feed.batch import batch_at


def test_a_sample_beyond_the_last_starts_over() -> None:
    batch, count = batch_at({"train": {}, "validation": {"a": {"a.x": torch.arange(3)}}}, 4)

    assert (batch["a.x"].tolist(), count) == ([1, 2, 0], 3)


def test_the_training_part_is_looked_at_when_any_source_has_nothing_set_aside() -> None:
    aside = {"a": {"a.x": torch.arange(2)}, "b": {"b.x": torch.arange(0)}}
    train = {"a": {"a.x": torch.arange(5)}, "b": {"b.x": torch.arange(4)}}
    batch, count = batch_at({"train": train, "validation": aside}, 0)

    assert (len(batch["a.x"]), len(batch["b.x"]), count) == (5, 4, 5)
