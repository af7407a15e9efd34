"""Plain scores equal torchmetrics; transforms fit, apply and invert."""

from __future__ import annotations

import pytest
import torch

from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Role
from engine.train.metrics import metrics_of
from engine.train.scores import SCORES
from engine.train.transforms import Fill, Standardise, fitted


def _classes(classes: int, seed: int, count: int = 70) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(count, classes, generator=generator)
    return scores, torch.randint(0, classes, (count,), generator=generator)


@pytest.mark.parametrize("kind", ["accuracy", "f1"])
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("count", [5, 70])
def test_scores_of_classes_equal_those_of_torchmetrics(kind: str, classes: int, count: int) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": kind})["m"]
    for seed in range(3):
        scores, target = _classes(classes, seed, count)
        plain.update(scores, target)
        metric.update(scores, target)

    assert float(metric.compute()) == pytest.approx(plain.compute(), abs=1e-6)


@pytest.mark.parametrize("kind", ["mae", "rmse", "r2"])
@pytest.mark.parametrize("columns", [1, 3])
def test_scores_of_numbers_equal_those_of_torchmetrics(kind: str, columns: int) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": kind})["m"]
    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        target = 150 + 80 * torch.randn(40, columns, generator=generator)
        guess = target + 30 * torch.randn(40, columns, generator=generator)
        plain.update(guess, target)
        metric.update(guess, target)

    assert float(metric.compute()) == pytest.approx(plain.compute(), rel=1e-4)


def test_every_metric_says_what_it_measures_and_has_a_plain_twin() -> None:
    assert all((kind.role is Role.METRIC) == (kind.measure is not None) for kind in CATALOGUE.values())
    assert {kind.key for kind in CATALOGUE.values() if kind.measure} == set(SCORES)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("feature", (1, 5)), ("channel", (1, 3, 1, 1)), ("all", (1, 1, 1, 1)), ("feature", (1, 1, 1, 4))],
)
def test_standardised_values_have_mean_0_and_deviation_1_and_come_back(axes: str, shape: tuple[int, ...]) -> None:
    sizes = (60, 5) if len(shape) == 2 else (60, 3, 4, 4)
    x = 7 + 3 * torch.randn(sizes, generator=torch.Generator().manual_seed(0))
    transform = Standardise.fit(x, axes)
    y = transform(x)
    over = [axis for axis, size in enumerate(shape) if size == 1]

    assert transform.mean.shape == shape
    assert torch.allclose(y.mean(over), torch.zeros(()), atol=1e-5)
    assert torch.allclose(y.std(over, correction=0), torch.ones(()), atol=1e-5)
    assert torch.allclose(transform.inverse(y), x, atol=1e-5)


def test_a_constant_column_becomes_0_and_not_nan() -> None:
    x = torch.cat([torch.full((10, 1), 3.5), torch.arange(10.0)[:, None]], dim=1)

    assert Standardise.fit(x)(x)[:, 0].tolist() == [0.0] * 10


def test_missing_numbers_become_the_mean_of_their_column() -> None:
    x = torch.tensor([[1.0, float("nan"), float("nan")], [3.0, 4.0, float("nan")]])
    transform = Fill.fit(x)

    assert transform(x).tolist() == [[1.0, 4.0, 0.0], [3.0, 4.0, 0.0]]
    assert transform(torch.full((1, 3), float("nan"))).tolist() == [[2.0, 4.0, 0.0]]


def test_what_was_fitted_is_given_by_name_and_builds_the_same_transform() -> None:
    x = torch.randn(20, 3, generator=torch.Generator().manual_seed(1))
    transform = Standardise.fit(x)

    assert torch.equal(Standardise(**fitted(transform))(x), transform(x))
