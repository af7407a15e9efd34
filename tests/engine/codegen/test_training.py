"""Training graphs, data preparation and exports as source. Expected texts are written by hand."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from engine.check.checker import check
from engine.codegen.data import emit_data
from engine.codegen.export import emit_export, entries
from engine.codegen.networks import emit_networks
from engine.codegen.training import emit_training
from engine.errors import BuildError
from engine.graph.edits import Connect, SetParameters
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Project
from engine.recipes.expand import expand
from engine.runtime.build import build
from tests.graphs import digits, ring, wire, with_metric

TRAINING_TEXT = '''\
"""Training graph classification: what one step computes; written by Netwright."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.train.loop import Objective
from model import DigitsCnn


def build_models() -> dict[str, nn.Module]:
    """Build the models, in the order that decides their first weights."""
    return {"net": DigitsCnn()}


def draw(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Draw the noise of one step."""
    return {}


def fit(
    models: dict[str, nn.Module], batch: dict[str, torch.Tensor], held: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Give what objective fit minimises."""
    net_use = models["net"](batch["standardise.y"])  # B × 10
    loss = F.cross_entropy(net_use, batch["data.digit"])  # scalar
    return loss


def evaluate(models: dict[str, nn.Module], batch: dict[str, torch.Tensor]) -> dict[str, object]:
    """Give the loss of every objective, and what every metric compares."""
    net_use = models["net"](batch["standardise.y"])  # B × 10
    loss = F.cross_entropy(net_use, batch["data.digit"])  # scalar
    return {"fit": loss, "accuracy": (net_use, batch["data.digit"])}


OBJECTIVES = (
    Objective(
        id="fit",
        loss=fit,
        updates=("net.*",),
        optimizer="adamw",
        options={"lr": 0.001, "weight_decay": 0.01},
        steps=1,
        fresh=False,
    ),
)
METRICS = {"accuracy": ("accuracy", {})}
CHOSEN_BY = "accuracy"
'''

DATA_TEXT = '''\
"""Data of training graph classification: loaded, split and prepared; written by Netwright."""

import torch

from engine.feed.dataset import Data
from engine.feed.transforms import Standardise
from engine.sources import bundled, split


def prepare(seed: int, folder: str = "") -> Data:
    """Load the data, split it by the seed, and prepare it as the training part says."""
    data_parts = split.split(bundled.digits(folder), seed, validation=0.16, test=0.2, stratify="digit")
    standardise_fitted = Standardise.fit(torch.from_numpy(data_parts["train"]["image"]), axes="all")
    parts = {}
    for part in ("train", "validation", "test"):
        parts[part] = {
            "data": {
                "data.digit": torch.from_numpy(data_parts[part]["digit"]),
                "standardise.y": standardise_fitted(torch.from_numpy(data_parts[part]["image"])),
            },
        }
    return Data(
        parts=parts, batch_sizes={"data": 32}, fitted={"standardise": dict(standardise_fitted.state_dict())}
    )
'''

FIRST_OF_TWO = '''\
def d(
    models: dict[str, nn.Module], batch: dict[str, torch.Tensor], held: dict[str, torch.Tensor]
) -> torch.Tensor:
    """Give what objective d minimises."""
    make = models["generator"](batch["noise.y"])  # B × 2
    held["fake"] = make.detach()
    fake = held["fake"]
    see_real = models["discriminator"](batch["ring.point"])  # B × 1
'''

GUARDED = '''\
    """Give what objective d minimises."""
    if "fake" not in held:
        make = models["generator"](batch["noise.y"])  # B × 2
        held["fake"] = make.detach()
    fake = held["fake"]
'''

EXPORT_TEXT = '''\
"""The network as it is exported; written by Netwright."""

import torch
from torch import nn

from engine.feed.transforms import Standardise


class Exported(nn.Module):
    """DigitsCnn with what prepares its data before it."""

    def __init__(self, network: nn.Module, fitted: dict[str, dict[str, torch.Tensor]]) -> None:
        super().__init__()
        self.network = network
        self.standardise_fitted = Standardise(**fitted["standardise"])

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.network(self.standardise_fitted(image))  # scores: B × 10
'''


def prepared() -> Project:
    """The digits project with its recipe written out."""
    return expand(digits(standardise="all"))


def test_the_training_step_of_digits_reads_as_a_person_would_write_it() -> None:
    project = prepared()

    assert emit_training(project, check(project), "classification", "engine.train").text == TRAINING_TEXT


def test_stand_alone_only_the_import_of_the_loop_differs() -> None:
    project = prepared()
    text = emit_training(project, check(project), "classification", "").text

    assert text == TRAINING_TEXT.replace("from engine.train.loop", "from loop")


def test_the_data_of_digits_is_loaded_split_and_standardised() -> None:
    project = prepared()

    assert emit_data(project, check(project), "classification", "engine.feed").text == DATA_TEXT


def test_stand_alone_data_imports_what_is_copied_beside_it() -> None:
    project = prepared()
    tree = ast.parse(emit_data(project, check(project), "classification", "").text)
    found = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]

    assert found == ["dataset", "sources", "transforms"]


def test_the_first_objective_leaves_what_a_hold_gives_to_the_later_ones() -> None:
    project = ring()
    text = emit_training(project, check(project), "gan", "engine.train").text

    assert FIRST_OF_TWO in text
    assert text.count('held["fake"]') == 2
    assert "    fake = make.detach()  # B × 2\n" in text[text.index("def evaluate") :]


@pytest.mark.parametrize("more", [{"steps": 2}, {"steps": 2, "fresh": True}])
def test_inner_steps_write_a_hold_only_where_it_is_not_there(more: dict[str, int]) -> None:
    project = ring(discriminator=more)

    assert GUARDED in emit_training(project, check(project), "gan", "engine.train").text


def test_fresh_inner_steps_of_a_later_objective_make_what_is_not_held() -> None:
    project = ring(generator={"steps": 2, "fresh": True})
    graph = GraphRef("training", "gan")
    project = Connect(ref=graph, wire=wire("fake", "y", "judge", "point")).apply(project)
    text = emit_training(project, check(project), "gan", "engine.train").text

    assert GUARDED.splitlines()[1:] == text[text.index("def g(") :].splitlines()[4:8]


def with_metrics() -> Project:
    """The digits project with metrics beside its own, some with parameters."""
    project = with_metric(digits(standardise="all"), "top", "top_k_accuracy", k=3)
    project = with_metric(project, "plain", "fbeta", beta=2.0, average="macro")
    return with_metric(project, "fbeta", "fbeta", beta="=1/2", average="weighted")


def test_a_metric_is_written_with_the_parameters_that_are_not_its_kinds_own() -> None:
    project = with_metrics()
    report = check(project)
    model = build(emit_networks(project, report, ["digits_cnn"]), "model")
    training = build(emit_training(project, report, "classification", "engine.train"), "training", {"model": model})

    assert training.METRICS == {
        "accuracy": ("accuracy", {}),
        "top": ("top_k_accuracy", {"k": 3}),
        "plain": ("fbeta", {}),
        "fbeta": ("fbeta", {"beta": 0.5, "average": "weighted"}),
    }


@pytest.mark.parametrize("project", [expand(digits(standardise="all")), with_metrics(), ring()])
def test_emitted_text_is_formatted_as_ruff_would(project: Project, tmp_path: Path) -> None:
    [name] = project.training
    report = check(project)
    packages = {emit_training: "engine.train", emit_data: "engine.feed"}
    texts = [emit(project, report, name, package).text for emit, package in packages.items()]
    for text in (*texts, emit_export(project, report, name, next(iter(project.training[name].models))).text):
        file = tmp_path / "emitted.py"
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "format", "--diff", "--isolated", "--line-length", "110", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout


def test_two_objectives_compute_what_they_say() -> None:
    project = ring()
    report = check(project)
    model = build(emit_networks(project, report, ["gen", "disc"]), "model")
    training = build(emit_training(project, report, "gan", "engine.train"), "training", {"model": model})
    torch.manual_seed(0)
    models = training.build_models()
    batch = {"ring.point": torch.rand(5, 2)}
    batch |= training.draw(batch)
    held: dict[str, torch.Tensor] = {}

    first, second = training.d(models, batch, held), training.g(models, batch, held)

    real, fake = models["discriminator"](batch["ring.point"]), models["generator"](batch["noise.y"])
    assert torch.equal(first, nn_softplus(models["discriminator"](fake.detach()) - real))
    assert torch.equal(second, nn_softplus(real - models["discriminator"](fake)))
    assert torch.equal(held["fake"], fake)
    assert [objective.id for objective in training.OBJECTIVES] == ["d", "g"]
    assert training.METRICS == {}


def nn_softplus(x: torch.Tensor) -> torch.Tensor:
    """The mean of a softplus."""
    return torch.nn.functional.softplus(x).mean()


def test_patterns_of_repeats_are_written_as_keys() -> None:
    project = ring(discriminator={"updates": ("discriminator.linear1", "discriminator.linear*")})
    text = emit_training(project, check(project), "gan", "engine.train").text

    assert 'updates=("discriminator.linear1", "discriminator.linear*")' in text


def test_an_export_prepares_the_data_as_the_source_gives_it() -> None:
    project = prepared()
    report = check(project)
    [entry] = entries(project, report, "classification", "net")

    assert emit_export(project, report, "classification", "net").text == EXPORT_TEXT
    assert (entry.name, entry.key, entry.spec.high, entry.transforms) == ("image", "data.image", 16.0, ("standardise",))


def test_a_raw_export_is_the_bare_network() -> None:
    project = prepared()
    report = check(project)
    [entry] = entries(project, report, "classification", "net", raw_input=True)

    assert "return self.network(image)" in emit_export(project, report, "classification", "net", raw_input=True).text
    assert (entry.key, entry.transforms) == ("standardise.y", ())


def test_an_input_fed_by_noise_is_exported_as_it_is() -> None:
    project = ring()
    [entry] = entries(project, check(project), "gan", "generator")

    assert (entry.name, entry.key, entry.spec.shape) == ("z", "", ("B", 4))


def test_a_graph_with_problems_is_not_written() -> None:
    project = expand(digits())
    edit = SetParameters(ref=GraphRef("networks", "digits_cnn"), id=NodeId("head"), values={"out_features": 3})
    broken = expand(edit.apply(project))

    with pytest.raises(BuildError, match="has problems"):
        emit_training(broken, check(broken), "classification", "engine.train")
    with pytest.raises(BuildError, match="no training graph"):
        emit_training(broken, check(broken), "nothing", "engine.train")
