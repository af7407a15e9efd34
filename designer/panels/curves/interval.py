"""How sure a counted share is: the 95 % Wilson interval; it must not know what is counted.

*Source:* E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
"""

from __future__ import annotations

import math
from typing import Final

_Z: Final = 1.959963984540054
"""Standard normal deviate that leaves 2.5 % on either side."""


def wilson(share: float, samples: int) -> tuple[float, float]:
    """Give the ends of the 95 % interval of a share.

    Args:
        share: part of the samples that were right, 0..1.
        samples: how many there were.

    Returns:
        Lower and upper end, within 0..1.

    Raises:
        ValueError: there are no samples, or the share is not one.
    """
    if samples < 1 or not 0 <= share <= 1:
        raise ValueError(f"no interval for a share of {share} of {samples} samples")
    weight = 1 / (1 + _Z * _Z / samples)
    centre = weight * (share + _Z * _Z / (2 * samples))
    reach = weight * _Z * math.sqrt(share * (1 - share) / samples + _Z * _Z / (4 * samples * samples))
    return max(0.0, centre - reach), min(1.0, centre + reach)
