"""Devices: their names, and how many threads are used."""

from __future__ import annotations

import pytest
import torch

from engine.errors import RunError
from engine.runtime import devices


def test_auto_is_the_best_device_and_every_device_has_its_own_name() -> None:
    found = devices.available()

    assert list(found)[-1] == "cpu"
    assert str(devices.resolve("auto")) == next(iter(found))
    assert devices.resolve("cpu") == torch.device("cpu")


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(RunError, match=r"no device 'tpu' here.*auto.*cpu"):
        devices.resolve("tpu")


@pytest.mark.parametrize(("asked", "cores", "threads"), [("3", 2, 3), ("", 2, 1), ("", 1, 1), ("0", 64, 8)])
def test_one_core_is_left_to_the_window_unless_somebody_decides(
    monkeypatch: pytest.MonkeyPatch, asked: str, cores: int, threads: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(cores)), raising=False)

    assert devices.threads() == threads
