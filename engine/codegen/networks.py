"""Networks as classes of source, in each variant with the same keys; it must not know training graphs or files.

What a node computes comes from its kind's declaration; ids and literals are the only words of the user that enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.check.report import Report
from engine.codegen.classes import classes_of
from engine.codegen.loops import LoopWriter
from engine.codegen.names import assigned
from engine.codegen.plans import ClassPlan, Part
from engine.codegen.source import Source, Writer
from engine.codegen.verify import verify
from engine.graph.address import require_address
from engine.graph.types import Project, Value
from engine.layers.emission import Variant, literal
from engine.layers.kind import Role

_TENSOR: Final = "torch.Tensor"
_WATCHED: Final = f"dict[str, {_TENSOR}]"
_OWN: Final = frozenset({"engine", "loop", "dataset", "model", "scores", "sources", "training", "transforms", "data"})
"""Packages of our own, which imports name last."""
_WORDS: Final = {
    "model": "Networks",
    "probe": "Networks that also return what every node gives",
    "export": "Networks to export",
}


def emit_networks(project: Project, report: Report, names: Sequence[str], variant: Variant = "model") -> Source:
    """Write the classes of networks, those that stand in others first.

    Args:
        project: recipes written out.
        report: what the check says of it.
        names: networks that are needed; those that stand in them come along.
        variant: `probe` also returns what every node gives, and leaves out what is not known yet.

    Raises:
        BuildError: a network has an error (`probe`: has none of its nodes known).
    """
    written = classes_of(project, report, names, variant).plans
    imports = {"import torch", "from torch import nn"}
    imports |= {line for plan in written for part in plan.parts for line in part.code.imports}
    writer = Writer()
    writer.line(f'"""{_WORDS[variant]}; written by Netwright."""')
    writer.line()
    for line in import_block(imports):
        writer.line(line)
    for helper in dict.fromkeys(text for plan in written for part in plan.parts for text in part.code.helpers):
        for line in ("", "", *helper.strip().splitlines()):
            writer.line(line)
    for plan in written:
        writer.line()
        writer.line()
        _write_class(writer, plan, variant)
    return verify(writer.source())


def import_block(lines: Iterable[str]) -> list[str]:
    """Sort import lines as `ruff` does: plain ones first; ours, in a block of their own, last."""
    unique = sorted(set(lines), key=lambda line: (line.startswith("from "), line.lower()))
    ours = [line for line in unique if line.split()[1].split(".")[0] in _OWN]
    others = [line for line in unique if line not in ours]
    return [*others, *([""] if ours and others else []), *ours]


def _write_class(writer: Writer, plan: ClassPlan, variant: Variant) -> None:
    writer.line(f"class {plan.title}(nn.Module):")
    writer.docstring(plan.graph.notes or f"Network {plan.network}.", level=1)
    writer.line()
    arguments = "".join(f", {key}: {_annotation(value)} = {literal(value)}" for key, value in plan.arguments.items())
    writer.statement(f"def __init__(self{arguments}) -> None:", level=1)
    writer.line("super().__init__()", level=2)
    for key in plan.kept:
        writer.line(f"self.{key} = {key}", level=2)
    for part in plan.in_order:
        if part.code.module is None or part.node.shares:
            continue
        module = part.code.module.text
        address = f"{plan.network}.{part.node.id}"
        writer.statement(f"self.{part.node.id} = {module}", level=2, address=address)
        for statement in part.code.prepare:
            writer.statement(statement.text, level=2, address=address)
    for tied, owner in _ties(plan):
        writer.statement(f"self.{tied} = self.{owner}", level=2, address=f"{plan.network}.{_first(tied)}")
    writer.line()
    _write_forward(writer, plan, variant)


def _ties(plan: ClassPlan) -> Iterator[tuple[str, str]]:
    """Give the ties between parameters of modules that are written."""
    made = {str(part.node.id) for part in plan.in_order if part.code.module is not None}
    for tied, owner in plan.graph.ties.items():
        if _first(tied) in made and _first(owner) in made:
            yield require_address(tied), require_address(owner)


def _first(address: str) -> str:
    return address.partition(".")[0].partition("[")[0]


def _annotation(value: Value) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(type(item).__name__ for item in value)}]"
    return type(value).__name__ if value is not None else "None"


def _write_forward(writer: Writer, plan: ClassPlan, variant: Variant) -> None:
    probe = variant == "probe"
    returned = _TENSOR if len(plan.outputs) == 1 else f"tuple[{', '.join([_TENSOR] * len(plan.outputs)) or '()'}]"
    parameters = "".join(f", {node}: {_TENSOR}" for node in plan.inputs)
    arrow = f"tuple[{returned}, {_WATCHED}]" if probe else returned
    writer.statement(f"def forward(self{parameters}) -> {arrow}:", level=1)
    if probe:
        first = ", ".join(f'"{node}": {node}' for node in plan.inputs)
        writer.statement(f"watched: {_WATCHED} = {{{first}}}", level=2)
    for part in plan.parts if probe else plan.parts[: plan.num_live]:
        _write_part(writer, plan, part, probe=probe)
    given = ", ".join(output.value.text for output in plan.outputs)
    value = given if len(plan.outputs) == 1 else f"({given})"
    if probe:
        for output in plan.outputs:
            writer.statement(f'watched["{output.node}"] = {output.value.text}', level=2)
        writer.statement(f"return {value}, watched", level=2)
        return
    address = f"{plan.network}.{plan.outputs[0].node}" if plan.outputs else ""
    comment = ", ".join(f"{output.node}: {output.shape}" for output in plan.outputs if output.shape)
    writer.statement(f"return {given}", level=2, comment=comment, address=address)


def _write_part(writer: Writer, plan: ClassPlan, part: Part, *, probe: bool) -> None:
    address = f"{plan.network}.{part.node.id}"
    target = assigned(part.names)
    watched = next(iter(part.names.values())).text
    if part.role is Role.NETWORK and not part.node.bypassed:
        _write_network(writer, plan, part, target, probe=probe)
    else:
        comment = "bypassed" if part.node.bypassed else part.shape
        writer.statement(f"{target} = {part.code.forward.text}", level=2, comment=comment, address=address)
    if probe:
        writer.statement(f'watched["{part.node.id}"] = {watched}', level=2, address=address)


def _write_network(writer: Writer, plan: ClassPlan, part: Part, target: str, *, probe: bool) -> None:
    address = f"{plan.network}.{part.node.id}"
    forward = part.code.forward.text
    inside = ", _inside" if probe else ""
    several = probe and ", " in target
    left = f"({target})" if several else target
    if part.repeat == 1:
        if part.loop is not None:
            taken = (*plan.graph.nodes, *(expr.text for each in plan.parts for expr in each.names.values()))
            LoopWriter(writer, address, taken).write(part.loop, forward, part.names, part.shape, probe=probe)
        else:
            writer.statement(f"{left}{inside} = {forward}", level=2, comment=part.shape, address=address)
        if probe:
            words = f'{{f"{part.node.id}.{{_key}}": _value for _key, _value in _inside.items()}}'
            writer.statement(f"watched.update({words})", level=2)
        return
    module, _, arguments = forward.partition("(")
    block = "block" if "block" not in plan.graph.nodes else "_block"
    writer.statement(f"{target} = {arguments.removesuffix(')')}", level=2, address=address)
    if not probe:
        writer.statement(f"for {block} in {module}:", level=2, address=address)
        writer.statement(f"{target} = {block}({target})", level=3, comment=part.shape, address=address)
        return
    writer.statement(f"for _index, {block} in enumerate({module}):", level=2, address=address)
    writer.statement(f"{left}, _inside = {block}({target})", level=3, comment=part.shape, address=address)
    words = f'{{f"{part.node.id}[{{_index}}].{{_key}}": _value for _key, _value in _inside.items()}}'
    writer.statement(f"watched.update({words})", level=3)
