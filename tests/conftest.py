"""Fixtures for all tests: where the real data stands, if anywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real data files; the test is skipped, with the reason, where there is none."""
    folder = os.environ.get("NETWRIGHT_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("NETWRIGHT_DATA names no folder of real data")
    return Path(folder)
