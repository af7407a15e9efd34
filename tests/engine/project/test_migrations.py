"""Old formats take every step to the newest."""

from __future__ import annotations

import pytest

from engine.errors import FormatError, NewerFormatError
from engine.project.migrations import FORMAT, MIGRATIONS, Record, migrate


def rename_nets(record: Record) -> Record:
    return {**{key: value for key, value in record.items() if key != "nets"}, "networks": record["nets"]}


def count_from_zero(record: Record) -> Record:
    return {**record, "seed": record["seed"] - 1}


STEPS = {1: rename_nets, 2: count_from_zero}


def test_an_old_record_takes_every_step_to_the_newest_format() -> None:
    old = {"format": 1, "nets": {"a": 1}, "seed": 5}

    assert migrate(old, 1, to=3, steps=STEPS) == {"format": 3, "networks": {"a": 1}, "seed": 4}
    assert old == {"format": 1, "nets": {"a": 1}, "seed": 5}


def test_a_record_in_between_takes_only_the_later_steps() -> None:
    assert migrate({"format": 2, "seed": 5}, 2, to=3, steps=STEPS) == {"format": 3, "seed": 4}


def test_a_record_of_the_newest_format_stays_as_it_is() -> None:
    record = {"format": 3, "seed": 5}

    assert migrate(record, 3, to=3, steps=STEPS) is record


def test_a_gap_in_the_steps_is_refused() -> None:
    with pytest.raises(FormatError, match="format 1 is no format"):
        migrate({"format": 1}, 1, to=3, steps={2: count_from_zero})


def test_a_newer_record_is_refused() -> None:
    with pytest.raises(NewerFormatError, match="has format 4"):
        migrate({"format": 4}, 4, to=3, steps=STEPS)


def test_every_format_before_this_one_has_its_step() -> None:
    assert sorted(MIGRATIONS) == list(range(1, FORMAT))
