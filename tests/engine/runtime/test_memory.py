"""What a step frees, the next one takes again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Page faults of ten rounds over blocks of 8 and 64 MiB, in a thread as training is.
_ROUNDS = """
import resource, threading
from engine.runtime.memory import keep_freed

KEEP and keep_freed()

def rounds():
    for number in range(13):
        if number == 3:
            before.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
        blocks = [b'x' * (size << 20) for size in (8, 64, 8)]
        del blocks

before = []
thread = threading.Thread(target=rounds)
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before[0])
"""


def _faults(keep: bool) -> int:
    words = [sys.executable, "-c", _ROUNDS.replace("KEEP", str(keep))]
    return int(subprocess.run(words, capture_output=True, check=True, text=True, timeout=60).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps memory by rules of its own")
def test_memory_that_is_freed_is_taken_again_without_page_faults() -> None:
    assert _faults(keep=True) < 1000
    assert _faults(keep=False) > 10_000
