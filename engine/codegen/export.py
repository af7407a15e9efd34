"""What is exported: a network with the data's transforms before it, as source; it must not know file formats.

Inputs and outputs bear the names of the network's input and output nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.check.report import Report
from engine.codegen.networks import import_block
from engine.codegen.source import Source, Writer
from engine.codegen.steps import Plan, joined, plan_of
from engine.codegen.verify import verify
from engine.errors import BuildError
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One input of an export."""

    name: str
    """Id of the network's input node."""
    key: str
    """Key `NODE.PORT` of the tensor that training feeds it, before or after transforms; empty when it is not data."""
    spec: TensorSpec
    """Of what goes in."""
    transforms: tuple[NodeId, ...] = ()
    """Transforms that it goes through, in order."""


def entries(project: Project, report: Report, training: str, model: str, raw_input: bool = False) -> tuple[Entry, ...]:
    """Tell what each input of an export takes.

    Args:
        project: recipes written out.
        report: what the check says of it.
        training: name of the training graph.
        model: id of the model.
        raw_input: leave the transforms out: inputs take what the network takes.

    Raises:
        BuildError: the graph has problems or never uses the model.
    """
    plan = plan_of(project, report, training)
    use = _first_use(plan, model)
    found = []
    for port, (source, output) in plan.wiring.feeds[use.id].items():
        spec = plan.report.nodes[use.id].inputs[port]
        key, transforms = f"{source}.{output}", []
        if _role(plan, source) not in (Role.SOURCE, Role.TRANSFORM):
            found.append(Entry(name=port, key="", spec=spec))
            continue
        while not raw_input and _role(plan, source) is Role.TRANSFORM:
            transforms.append(source)
            source, output = plan.wiring.feeds[source]["x"]
            key, spec = f"{source}.{output}", plan.report.nodes[source].outputs[output]
        found.append(Entry(name=port, key=key, spec=spec, transforms=tuple(reversed(transforms))))
    order = {port: index for index, port in enumerate(plan.report.nodes[use.id].inputs)}
    return tuple(sorted(found, key=lambda entry: order[entry.name]))


def emit_export(project: Project, report: Report, training: str, model: str, raw_input: bool = False) -> Source:
    """Write the module that is exported: `Exported(network, fitted)`.

    Args:
        project: recipes written out.
        report: what the check says of it.
        training: name of the training graph.
        model: id of the model.
        raw_input: leave the transforms out.

    Raises:
        BuildError: the graph has problems or never uses the model.
    """
    plan = plan_of(project, report, training)
    given = entries(project, report, training, model, raw_input)
    outputs = plan.report.nodes[_first_use(plan, model).id].outputs
    used = list(dict.fromkeys(node for entry in given for node in entry.transforms))
    body = Writer()
    body.line()
    body.line()
    body.line("class Exported(nn.Module):")
    title = plan.constructors[plan.graph.models[NodeId(model)].network].title
    body.docstring(f"{title} with what prepares its data before it." if used else f"{title} as it is.", level=1)
    body.line()
    _write_init(body, plan, used)
    body.line()
    parameters = "".join(f", {entry.name}: torch.Tensor" for entry in given)
    arrow = "torch.Tensor" if len(outputs) == 1 else f"tuple[{', '.join(['torch.Tensor'] * len(outputs))}]"
    body.statement(f"def forward(self{parameters}) -> {arrow}:", level=1)
    arguments = []
    for entry in given:
        text = entry.name
        for node in entry.transforms:
            text = f"self.{node}_fitted({text})"
        arguments.append(text)
    comment = ", ".join(f"{name}: {shape_text(spec)}" for name, spec in outputs.items())
    body.statement(f"return self.network({', '.join(arguments)})", level=2, comment=comment)
    head = Writer()
    head.line('"""The network as it is exported; written by Netwright."""')
    head.line()
    functions = sorted({_function(plan, node) for node in used})
    lines = {"import torch", "from torch import nn"}
    lines |= {f"from engine.feed.transforms import {', '.join(functions)}"} if functions else set()
    for line in import_block(lines):
        head.statement(line, level=0)
    return verify(joined(head, body))


def _write_init(writer: Writer, plan: Plan, used: list[NodeId]) -> None:
    fitted = "dict[str, dict[str, torch.Tensor]]"
    writer.statement(f"def __init__(self, network: nn.Module, fitted: {fitted}) -> None:", level=1)
    writer.line("super().__init__()", level=2)
    writer.line("self.network = network", level=2)
    for node in used:
        text = f'self.{node}_fitted = {_function(plan, node)}(**fitted["{node}"])'
        writer.statement(text, level=2, address=f"{plan.title}.{node}")


def _first_use(plan: Plan, model: str) -> Node:
    uses = [node for node in plan.graph.nodes.values() if _role(plan, node.id) is Role.MODEL]
    for node in uses:
        if node.parameters.get("model") == model:
            return node
    raise BuildError(f"no node uses model {model!r}", where=f"training.{plan.title}")


def _role(plan: Plan, node: NodeId) -> Role | None:
    kind = kind_of(plan.graph.nodes[node].kind)
    return kind.role if kind else None


def _function(plan: Plan, node: NodeId) -> str:
    kind = kind_of(plan.graph.nodes[node].kind)
    assert kind is not None
    assert kind.code is not None, node
    return kind.code.function
