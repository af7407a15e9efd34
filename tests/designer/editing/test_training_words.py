"""What trains a network is told in a few words."""

from __future__ import annotations

import msgspec

from designer.editing.training_words import training_words
from engine.graph.types import Project
from engine.recipes.expand import expand
from tests.designer.drawn import digits


def test_a_recipe_is_told_by_loss_target_optimiser_and_rate() -> None:
    assert training_words(expand(digits()), "digits_cnn") == "cross-entropy against digit · AdamW 1e-3"


def test_a_network_that_nothing_trains_has_no_words() -> None:
    alone: Project = msgspec.structs.replace(digits(), training={})

    assert training_words(alone, "digits_cnn") == ""
