"""Points around centres on a circle, made from a seed; numpy only, copied into stand-alone projects.

Source: Metz et al., Unrolled Generative Adversarial Networks, 2016, arXiv:1611.02163, section 3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def load(
    folder: str = "",
    samples: int = 2000,
    modes: int = 8,
    radius: float = 2.0,
    spread: float = 0.02,
    generator_seed: int = 0,
) -> dict[str, npt.NDArray[Any]]:
    """Give points, samples x 2 (float32): equally many around every centre, to one."""
    random = np.random.Generator(np.random.PCG64(generator_seed))
    angles = 2 * np.pi * (np.arange(samples) % modes) / modes
    centres = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return {"point": (centres + spread * random.standard_normal((samples, 2))).astype(np.float32)}
