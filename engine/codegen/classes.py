"""Which class every network is written as: one for all instances of a drawn network where their code has one form.

What differs between instances becomes an argument of the class. It must not know how lines are laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.check.report import Report
from engine.codegen.arguments import Arguments, Constructor
from engine.codegen.names import class_names
from engine.codegen.plans import ClassPlan, Part, needed_networks, planned
from engine.codegen.unify import Form, form_of, words_of
from engine.graph.instances import origin_of
from engine.graph.types import GraphRef, Project
from engine.layers.emission import Expr, Variant

_OWN: Final = re.compile(r"\bself\.(\w+)")
Made = tuple[ClassPlan, Mapping[str, Constructor]]
"""A class, and how modules of the networks it stands for are made."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a project's networks."""

    plans: tuple[ClassPlan, ...]
    """In the order they are written, each after those that stand in it."""
    constructors: Mapping[str, Constructor]
    """By network or instance."""


def classes_of(project: Project, report: Report, names: Iterable[str], variant: Variant = "model") -> Classes:
    """Plan the classes of networks and of all that stands in them.

    Args:
        project: recipes and instances written out.
        report: what the check says of it.
        names: networks that are needed.
        variant: of the source.

    Raises:
        BuildError: a needed network has an error.
    """
    needed = needed_networks(project, tuple(names))
    titles = class_names(project.networks)
    taken = set(titles.values())
    plans: list[ClassPlan] = []
    constructors: dict[str, Constructor] = {}
    for origin in dict.fromkeys(map(origin_of, needed)):
        instances = [network for network in project.networks if origin_of(network) == origin]
        wanted = [network for network in instances if network in needed or _whole(report, network)]
        several = [planned(project, report, network, titles[origin], constructors, variant) for network in wanted]
        for plan, makers in _grouped(several, taken):
            plans.append(plan)
            constructors |= makers
    return Classes(tuple(plans), constructors)


def constructors_of(project: Project, report: Report, names: Iterable[str]) -> Mapping[str, Constructor]:
    """Give how modules of networks are made, as `classes_of` writes them."""
    if all(origin_of(network) == network for network in project.networks):
        return {network: Constructor(title, {}, {}) for network, title in class_names(project.networks).items()}
    return classes_of(project, report, names).constructors


def _whole(report: Report, network: str) -> bool:
    signature = report.graphs[GraphRef("networks", network)].signature
    return signature is not None and signature.whole


def _grouped(plans: Sequence[ClassPlan], taken: set[str]) -> Iterator[Made]:
    """Put together what has one form; further classes of one network are numbered."""
    todo, number = list(plans), 1
    while todo:
        group, rest = [todo[0]], list[ClassPlan]()
        for plan in todo[1:]:
            (rest if _merged([*group, plan]) is None else group).append(plan)
        title = free = group[0].title
        while number > 1 and free in taken:
            free, number = f"{title}_{number}", number + 1
        taken.add(free)
        number = max(number, 2)
        made = _merged([replace(plan, title=free) for plan in group])
        assert made is not None, free
        yield made
        todo = rest


def _merged(plans: Sequence[ClassPlan]) -> Made | None:
    """Write instances as one class; None when they differ in more than literals."""
    first = plans[0]
    if len(plans) == 1:
        return replace(first, network=origin_of(first.network)), {first.network: Constructor(first.title, {}, {})}
    if any(_outline(plan) != _outline(first) for plan in plans):
        return None
    columns = {key: tuple(plan.graph.parameters[key] for plan in plans) for key in first.graph.parameters}
    arguments = Arguments(columns, [str(node) for node in first.graph.nodes])
    parts: dict[str, Part] = {}
    for several in zip(*(plan.in_order for plan in plans), strict=True):
        part = _part(several, arguments)
        if part is None:
            return None
        parts[part.node.id] = part
    defaults = {key: column[0] for key, column in arguments.columns.items()}
    makers = {
        plan.network: Constructor(first.title, {key: column[i] for key, column in arguments.columns.items()}, defaults)
        for i, plan in enumerate(plans)
    }
    outputs = tuple(
        replace(output, shape=words_of([plan.outputs[place].shape for plan in plans], arguments.word))
        for place, output in enumerate(first.outputs)
    )
    used = set(_OWN.findall(" ".join(part.code.forward.text for part in parts.values())))
    merged = replace(
        first,
        network=origin_of(first.network),
        parts=tuple(parts[part.node.id] for part in first.parts),
        in_order=tuple(parts[part.node.id] for part in first.in_order),
        outputs=outputs,
        arguments=defaults,
        kept=tuple(key for key in defaults if key in used),
    )
    return merged, makers


def _outline(plan: ClassPlan) -> object:
    """Give all of a plan that cannot differ within one class."""
    parts = [
        (part.node.id, part.names, part.code.imports, part.code.helpers, part.repeat > 1, part.loop)
        for part in plan.parts
    ]
    order = [(part.node.id, part.code.module is None, len(part.code.prepare)) for part in plan.in_order]
    return parts, order, plan.num_live, plan.inputs, [(output.node, output.value) for output in plan.outputs]


def _part(several: Sequence[Part], arguments: Arguments) -> Part | None:
    first = several[0]
    values = [part.values for part in several]
    forward = form_of([part.code.forward.text for part in several], values)
    module = form_of([part.code.module.text if part.code.module else "None" for part in several], values)
    prepare = [form_of([one.text for one in column], values) for column in zip(*_statements(several), strict=True)]
    if forward is None or module is None or None in prepare:
        return None
    code = replace(
        first.code,
        forward=_filled(forward, arguments, first, "self."),
        module=_filled(module, arguments, first, "") if first.code.module else None,
        prepare=tuple(_filled(form, arguments, first, "") for form in prepare if form),
    )
    return replace(first, code=code, shape=words_of([part.shape for part in several], arguments.word))


def _statements(several: Sequence[Part]) -> list[tuple[Expr, ...]]:
    return [part.code.prepare for part in several]


def _filled(form: Form, arguments: Arguments, part: Part, prefix: str) -> Expr:
    return Expr(form.filled(lambda hole: arguments.told(hole.column, hole.keyword or f"{part.node.id}_size", prefix)))
