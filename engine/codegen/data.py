"""Data preparation as source: load, split, fit transforms on the training part, apply them; it must not know models.

Sources and transforms are called by the module and function their kinds declare. Locals are ids with a suffix: an id
may well be the name of a module (`digits`).
"""

from __future__ import annotations

from engine.check.context import nodes_of_role
from engine.check.report import Report
from engine.codegen.networks import import_block
from engine.codegen.source import Source, Writer
from engine.codegen.steps import Plan, batch_specs, joined, plan_of
from engine.codegen.verify import verify
from engine.graph.ids import NodeId
from engine.graph.types import Node, Project, Value
from engine.layers.catalogue import kind_of
from engine.layers.emission import Expr, call, literal, name
from engine.layers.kind import LayerKind, Role
from engine.layers.values import values_of


def emit_data(project: Project, report: Report, training: str, package: str) -> Source:
    """Write how the data of a training graph is prepared.

    Args:
        project: recipes written out.
        report: what the check says of it.
        training: name of the training graph.
        package: where data sets and transforms are: `engine.feed`, or empty for the folder of a stand-alone project.

    Raises:
        BuildError: a source or a transform has an error.
    """
    plan = plan_of(project, report, training, only_data=True)
    sources = nodes_of_role(plan.graph, Role.SOURCE)
    transforms = [
        plan.graph.nodes[node] for node in plan.report.order if _kind(plan.graph.nodes[node]).role is Role.TRANSFORM
    ]
    body = Writer()
    body.line()
    body.line()
    body.line('def prepare(seed: int, folder: str = "") -> Data:')
    body.docstring("Load the data, split it by the seed, and prepare it as the training part says.", level=1)
    for node in sources:
        _write_source(body, plan, node)
    for node in transforms:
        _write_fit(body, plan, node)
    _write_parts(body, plan, sources)
    _write_result(body, plan, sources, transforms)
    head = Writer()
    head.line(f'"""Data of training graph {training}: loaded, split and prepared; written by Netwright."""')
    head.line()
    for line in import_block(_imports(package, sources, transforms)):
        head.statement(line, level=0)
    return verify(joined(head, body))


def _imports(package: str, sources: tuple[Node, ...], transforms: list[Node]) -> set[str]:
    modules = sorted({_code(node)[0] for node in sources} | {"split"})
    lines = {"import torch"}
    lines.add(f"from {'engine.' if package else ''}sources import {', '.join(modules)}")
    lines.add(f"from {f'{package}.' if package else ''}dataset import Data")
    for module in {_code(node)[0] for node in transforms}:
        names = sorted({_code(node)[1] for node in transforms if _code(node)[0] == module})
        lines.add(f"from {f'{package}.' if package else ''}{module} import {', '.join(names)}")
    return lines


def _kind(node: Node) -> LayerKind:
    kind = kind_of(node.kind)
    assert kind is not None, node.kind
    return kind


def _code(node: Node) -> tuple[str, str]:
    code = _kind(node).code
    assert code is not None, node.kind
    return code.module, code.function


def _write_source(writer: Writer, plan: Plan, node: Node) -> None:
    kind = _kind(node)
    values = values_of(kind, node, plan.project.variables)
    own: dict[str, Value] = {param.name: values.raw(param.name) for param in kind.parameters if not param.of_use}
    module, function = _code(node)
    loaded = call(f"{module}.{function}", name("folder"), **own)
    options: dict[str, Value] = {"validation": values.real("validation"), "test": values.real("test")}
    stratified = "stratify" in kind.defaults and values.flag("stratify")
    labels = [port for port, spec in plan.report.nodes[node.id].outputs.items() if spec.classes]
    if stratified and labels:
        options["stratify"] = labels[0]
    text = f"{node.id}_parts = {call('split.split', loaded, name('seed'), **options).text}"
    writer.statement(text, level=1, address=_address(plan, node))


def _address(plan: Plan, node: Node) -> str:
    return f"{plan.title}.{node.id}"


def _tensor(plan: Plan, feed: tuple[NodeId, str], part: Expr) -> Expr:
    """Write a prepared tensor of one part from the loaded arrays on."""
    node = plan.graph.nodes[feed[0]]
    if _kind(node).role is Role.SOURCE:
        return call("torch.from_numpy", Expr(f"{node.id}_parts[{part.text}][{literal(feed[1]).text}]"))
    return call(name(f"{node.id}_fitted"), _tensor(plan, plan.wiring.feeds[node.id]["x"], part))


def _write_fit(writer: Writer, plan: Plan, node: Node) -> None:
    kind = _kind(node)
    values = values_of(kind, node, plan.project.variables)
    own: dict[str, Value] = {param.name: values.raw(param.name) for param in kind.parameters}
    train = _tensor(plan, plan.wiring.feeds[node.id]["x"], literal("train"))
    text = f"{node.id}_fitted = {call(f'{_code(node)[1]}.fit', train, **own).text}"
    writer.statement(text, level=1, address=_address(plan, node))


def _write_parts(writer: Writer, plan: Plan, sources: tuple[Node, ...]) -> None:
    writer.line("parts = {}", level=1)
    writer.line('for part in ("train", "validation", "test"):', level=1)
    entries: dict[NodeId, list[str]] = {node.id: [] for node in sources}
    for key in batch_specs(plan.graph, plan.report):
        owner, port = key.split(".")
        feed = (NodeId(owner), port)
        entries[_origin(plan, feed)].append(f"{literal(key).text}: {_tensor(plan, feed, name('part')).text}")
    inner = ", ".join(f"{literal(source).text}: {{{', '.join(rows)}}}" for source, rows in entries.items())
    writer.statement(f"parts[part] = {{{inner}}}", level=2)


def _origin(plan: Plan, feed: tuple[NodeId, str]) -> NodeId:
    """Give the source that a prepared tensor comes from."""
    node = feed[0]
    while _kind(plan.graph.nodes[node]).role is Role.TRANSFORM:
        node = plan.wiring.feeds[node]["x"][0]
    return node


def _write_result(writer: Writer, plan: Plan, sources: tuple[Node, ...], transforms: list[Node]) -> None:
    sizes = ", ".join(
        f"{literal(node.id).text}: {values_of(_kind(node), node, plan.project.variables).integer('batch_size')}"
        for node in sources
    )
    fitted = ", ".join(f"{literal(node.id).text}: dict({node.id}_fitted.state_dict())" for node in transforms)
    writer.statement(f"return Data(parts=parts, batch_sizes={{{sizes}}}, fitted={{{fitted}}})", level=1)
