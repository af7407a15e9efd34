"""Plain scores equal torchmetrics; transforms fit, apply and invert."""

from __future__ import annotations

import pytest
import torch

from engine.feed.transforms import Fill, Standardise, fitted
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Role
from engine.train.metrics import metrics_of
from engine.train.scores import SCORES


def _classes(classes: int, seed: int, count: int = 70) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(count, classes, generator=generator)
    return scores, torch.randint(0, classes, (count,), generator=generator)


@pytest.mark.parametrize(
    "kind",
    [
        "accuracy",
        "f1",
        "fbeta",
        "precision",
        "recall",
        "balanced_accuracy",
        "iou",
        "matthews",
        "cohen_kappa",
        "perplexity",
    ],
)
@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("count", [5, 70])
def test_scores_of_classes_equal_those_of_torchmetrics(kind: str, classes: int, count: int) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
    for seed in range(3):
        scores, target = _classes(classes, seed, count)
        plain.update(scores, target)
        metric.update(scores, target)

    assert float(metric.compute()) == pytest.approx(plain.compute(), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("kind", ["top_k_accuracy", "auroc", "average_precision", "calibration_error"])
@pytest.mark.parametrize("chances", [False, True])
def test_scores_by_rank_equal_those_of_torchmetrics(kind: str, chances: bool) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
    for seed in range(3):
        scores, target = _classes(6, seed, 70)
        given = (scores.softmax(1) * 8).round() / 8 if chances else scores  # ties among chances
        plain.update(given, target)
        metric.update(given, target)

    assert float(metric.compute()) == pytest.approx(plain.compute(), abs=1e-6)


@pytest.mark.parametrize("kind", ["auroc", "average_precision"])
@pytest.mark.parametrize("last", [0, 1, 2])
def test_a_class_that_never_occurs_counts_the_same_and_nobody_is_warned(kind: str, last: int) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
    scores, target = _classes(4, 0)
    plain.update(scores, target.clamp(max=last))
    metric.update(scores, target.clamp(max=last))

    assert float(metric.compute()) == pytest.approx(plain.compute(), abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("top_k_accuracy", {"k": 2}),
        ("fbeta", {"beta": 0.5}),
        ("f1", {"average": "weighted"}),
        ("precision", {"average": "micro"}),
        ("recall", {"average": "weighted"}),
        ("iou", {"average": "weighted"}),
        ("cohen_kappa", {"weights": "quadratic"}),
        ("calibration_error", {"n_bins": 4}),
        ("calibration_error", {"norm": "max"}),
    ],
)
def test_parameters_reach_both_and_matter(kind: str, options: dict[str, Value]) -> None:
    scores, target = _classes(6, 0)
    scores[:, 1] += 1.0
    made = [SCORES[kind](), SCORES[kind](**options), *metrics_of({"a": (kind, {}), "b": (kind, options)}).values()]
    for one in made:
        one.update(scores, target)
    plain, plain_told, fast, fast_told = (float(one.compute()) for one in made)

    assert (fast, fast_told) == pytest.approx((plain, plain_told), rel=1e-5)
    assert abs(plain - plain_told) > 1e-4


@pytest.mark.parametrize("kind", ["matthews", "cohen_kappa"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("alike", [True, False])
def test_who_always_gives_the_same_answer_scores_nothing(kind: str, classes: int, alike: bool) -> None:
    scores = torch.tensor([[2.0, 1.0, 0.0]]).repeat(10, 1)[:, :classes]
    target = torch.zeros(10, dtype=torch.int64)
    target[7:] = 0 if alike else 1
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
    plain.update(scores, target)
    metric.update(scores, target)

    assert plain.compute() == 0.0
    assert float(metric.compute()) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    "kind", ["accuracy", "top_k_accuracy", "f1", "iou", "auroc", "average_precision", "perplexity"]
)
def test_scores_of_places_equal_those_of_torchmetrics(kind: str) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(4, 6, 7, generator=generator)
    target = torch.randint(0, 6, (4, 7), generator=generator)
    plain.update(scores, target)
    metric.update(scores, target)

    assert float(metric.compute()) == pytest.approx(plain.compute(), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("kind", ["psnr", "ssim"])
def test_scores_of_images_equal_those_of_torchmetrics(kind: str) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
    for seed, channels in ((0, 3), (1, 3)):
        generator = torch.Generator().manual_seed(seed)
        target = torch.rand(4, channels, 15, 13, generator=generator)
        guess = (target + 0.1 * torch.randn(target.shape, generator=generator)).clamp(0, 1)
        plain.update(guess, target)
        metric.update(guess, target)

    assert float(metric.compute()) == pytest.approx(plain.compute(), rel=1e-4)


@pytest.mark.parametrize("kind", ["mae", "rmse", "r2", "mape", "explained_variance"])
@pytest.mark.parametrize("columns", [1, 3])
def test_scores_of_numbers_equal_those_of_torchmetrics(kind: str, columns: int) -> None:
    plain, metric = SCORES[kind](), metrics_of({"m": (kind, {})})["m"]
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
