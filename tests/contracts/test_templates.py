"""Every template opens, has the size that is published, compiles, takes a training step and is what its drawing gives."""

from __future__ import annotations

from typing import Final

import pytest
import torch
from torch import nn

from engine.check.checker import check
from engine.check.report import GraphReport
from engine.codegen.names import class_name
from engine.codegen.networks import emit_networks
from engine.graph.dims import substitute
from engine.graph.specs import TensorSpec
from engine.graph.types import GraphRef, Project
from engine.project.bundled import example_text, read_example, template_names
from engine.project.format import encode
from engine.recipes.expand import expand
from engine.runtime.build import build
from tests.templates.shelf import PUBLISHED, TEMPLATES

_SIZES: Final = {"B": 2, "T": 16, "S": 12, "H": 64, "W": 64}
_DTYPES: Final = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
every = pytest.mark.parametrize("name", template_names())


def reported(project: Project, name: str) -> GraphReport:
    """What the check says of a template's own network."""
    report = check(expand(project))
    assert [(problem.address, problem.message) for problem in report.problems] == []
    return report.graphs[GraphRef("networks", name)]


@every
def test_a_template_is_what_its_drawing_gives(name: str) -> None:
    assert example_text(name) == encode(TEMPLATES[name]()), "write them again: python -m tests.templates"


def test_every_drawing_is_a_template() -> None:
    assert set(template_names()) == set(TEMPLATES)


@every
def test_a_template_has_the_size_that_is_published(name: str) -> None:
    found = reported(read_example(name), name)
    if name in PUBLISHED:
        size = PUBLISHED[name]

        assert found.parameters == size.parameters
        if size.giga_multiply_adds:
            assert isinstance(found.multiply_adds, int)
            assert found.multiply_adds / 1e9 == pytest.approx(size.giga_multiply_adds, rel=0.01)


@every
def test_a_template_compiles_and_its_gradients_reach_every_parameter(name: str) -> None:
    project = expand(read_example(name))
    report = check(project)
    source = emit_networks(project, report, [name])
    graph = report.graphs[GraphRef("networks", name)]
    with torch.device("meta"):
        module: nn.Module = getattr(build(source, f"template {name}"), class_name(name))()
        inputs = [_tensor(spec) for spec in graph.signature.inputs.values()] if graph.signature else []
        outputs = module.train()(*inputs)
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        torch.autograd.backward([output.sum() for output in several if output.requires_grad])

    assert sum(parameter.numel() for parameter in module.parameters()) == graph.parameters
    assert [key for key, parameter in module.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (
            "gpt2_small",
            ("nn.init.normal_(self.tokens.weight, std=0.02)", "nn.init.normal_(self.widen.weight, std=0.02)"),
        ),
        (
            "bert_base",
            ("nn.init.trunc_normal_(self.sides.weight, std=0.02)", "nn.init.trunc_normal_(self.pooler.weight,"),
        ),
        (
            "transformer_base",
            (f"nn.init.normal_(self.tokens.weight, std={512**-0.5})", "nn.init.xavier_uniform_(self.widen"),
        ),
        ("vit_b_16", ("nn.init.xavier_uniform_(self.narrow.weight)", "nn.init.zeros_(self.head.weight)")),
    ],
)
def test_a_transformer_starts_as_its_authors_code_does(name: str, written: tuple[str, ...]) -> None:
    project = expand(read_example(name))
    text = emit_networks(project, check(project), [name]).text

    assert [words for words in written if words not in text] == []


def _tensor(spec: TensorSpec) -> torch.Tensor:
    shape = [int(substitute(dim, dict(_SIZES))) for dim in spec.shape]
    return torch.zeros(shape, dtype=_DTYPES[spec.dtype])
