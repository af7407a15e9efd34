"""What all tests share: one thread per worker, no display, how examples are made up, and where the real data stands."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# Before torch and Qt are imported; the tests run side by side, one per core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

hypothesis.settings.register_profile(
    "netwright",
    deadline=None,  # how long an example takes depends on what else the machine does
    suppress_health_check=[hypothesis.HealthCheck.too_slow],  # as above
    derandomize="CI" in os.environ,  # the same examples for the same commit
    print_blob=True,
)
hypothesis.settings.load_profile("netwright")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real data files; the test is skipped, with the reason, where there is none."""
    folder = os.environ.get("NETWRIGHT_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("NETWRIGHT_DATA names no folder of real data")
    return Path(folder)
