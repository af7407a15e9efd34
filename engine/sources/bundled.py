"""The sets that come with scikit-learn, as arrays; it needs numpy and scikit-learn only and is copied into stand-alone projects.

Every source takes the folder that paths start from first; these need none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


def digits(folder: str = "") -> Arrays:
    """Give 1,797 images B x 1 x 8 x 8 of 0..16 (float32) and their digits (int64)."""
    from sklearn.datasets import load_digits  # heavy: half a second, and only this set needs it

    found = load_digits()
    return {"image": found.images[:, None].astype(np.float32), "digit": found.target.astype(np.int64)}


def wine(folder: str = "") -> Arrays:
    """Give 178 wines by 13 measures and their growers."""
    from sklearn.datasets import load_wine  # heavy, see digits

    return _classified(load_wine(), "wine")


def breast_cancer(folder: str = "") -> Arrays:
    """Give 569 tumours by 30 measures and their diagnoses."""
    from sklearn.datasets import load_breast_cancer  # heavy, see digits

    return _classified(load_breast_cancer(), "diagnosis")


def iris(folder: str = "") -> Arrays:
    """Give 150 irises by four lengths and their species."""
    from sklearn.datasets import load_iris  # heavy, see digits

    return _classified(load_iris(), "species")


def diabetes(folder: str = "") -> Arrays:
    """Give 442 patients by ten measures in their units, and the progression after a year, B x 1."""
    from sklearn.datasets import load_diabetes  # heavy, see digits

    found = load_diabetes(scaled=False)
    return {"features": found.data.astype(np.float32), "progression": found.target[:, None].astype(np.float32)}


def _classified(found: Any, target: str) -> Arrays:  # scikit-learn's bunch has no type
    return {"features": found.data.astype(np.float32), target: found.target.astype(np.int64)}
