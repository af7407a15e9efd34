"""What can be wrong with a training graph as a whole: objectives, what they update, models; it judges no single node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.check.context import Context, did_you_mean, name_of, nodes_of_role
from engine.check.fixes import add_node, set_parameters
from engine.check.models import follower_problems
from engine.check.report import Fix, Problem, State
from engine.check.training_lints import training_lints
from engine.graph.address import is_pattern, key_of, matches
from engine.graph.edits import SetObjectives
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role


def training_problems(context: Context) -> list[Problem]:
    """Find everything that is wrong with a training graph beyond its single nodes."""
    if context.graph.recipe is not None and not context.graph.nodes:
        name = context.graph.recipe.name
        return [context.problem(None, "unknown-recipe", f"Nothing is known of a recipe {name!r}", found=name)]
    problems = [*follower_problems(context), *_objective_problems(context)]
    problems += _transform_problems(context) + _port_problems(context)
    for objective in context.of_role(Role.OBJECTIVE):
        problems += _update_problems(context, objective)
    return problems + training_lints(context)


def objectives_in_order(graph: Graph) -> tuple[NodeId, ...]:
    """Give the objective nodes in the order they run: the declared ones, then any others in node order."""
    there = [node.id for node in nodes_of_role(graph, Role.OBJECTIVE)]
    declared = [node for node in graph.objectives if node in there]
    return (*declared, *(node for node in there if node not in declared))


def _objective_problems(context: Context) -> list[Problem]:
    there = {node.id for node in context.of_role(Role.OBJECTIVE)}
    problems = []
    if not there:
        fix = add_node("Add an objective", context.project, context.ref, Node(id=NodeId("fit"), kind="objective"))
        message = "Nothing says what to minimise. Add an objective and wire a loss to it"
        fixes = (fix,) if context.graph.recipe is None else ()
        problems.append(context.problem(None, "no-objective", message, expected="an objective", fixes=fixes))
    stray = [node for node in context.graph.objectives if node not in there]
    if stray:
        left = tuple(node for node in context.graph.objectives if node in there)
        fix = Fix(title="Leave it out", edits=(SetObjectives(ref=context.ref, order=left),))
        meant = did_you_mean(stray[0], there)
        message = f"{stray[0]!r} is to run as an objective and is none{meant}"
        problems.append(context.problem(None, "missing-objective", message, found=stray[0], fixes=(fix,)))
    for name in there:
        loss = context.reports[name].inputs.get("loss")
        if context.reports[name].state is State.KNOWN and loss is not None and loss.shape:
            message = f"{name} needs a single number to minimise. Wire a loss, or a mean, to it"
            problems.append(context.problem(name, "not-scalar", message, port="loss", expected="a scalar"))
    return problems


def _transform_problems(context: Context) -> list[Problem]:
    problems = []
    for node in context.of_role(Role.TRANSFORM):
        for port, (source, _) in context.wiring.feeds[node.id].items():
            if context.role(source) not in (Role.SOURCE, Role.TRANSFORM, None):
                message = f"{name_of(node)} prepares data, so it can only follow a source or another preparation"
                problems.append(
                    context.problem(node, "transform-order", message, port=port, expected="a source", found=source)
                )
    return problems


def _update_problems(context: Context, objective: Node) -> list[Problem]:
    kind = kind_of(objective.kind)
    patterns = objective.parameters.get("updates", kind.defaults.get("updates") if kind else ())
    if not isinstance(patterns, tuple) or not _all_whole(context):
        return []
    everything = set_parameters(
        "Update everything", context.ref, objective.id, {"updates": tuple(f"{m}.*" for m in context.graph.models)}
    )
    fixes = (everything,) if context.graph.recipe is None and context.graph.models else ()
    if not patterns:
        message = f"{name_of(objective)} updates nothing. Say which parameters it trains"
        return [context.problem(objective, "updates-nothing", message, expected="a pattern such as net.*", fixes=fixes)]
    problems = []
    for pattern in patterns:
        if (
            isinstance(pattern, str)
            and is_pattern(pattern)
            and any(matches(pattern, key) for key in parameter_keys(context))
        ):
            continue
        meant = did_you_mean(str(pattern).split(".")[0], context.graph.models)
        message = f"{name_of(objective)} updates {str(pattern)[:80]!r}, which names no parameter{meant}"
        problems.append(context.problem(objective, "updates-nothing", message, found=str(pattern)[:80], fixes=fixes))
    return problems


def _all_whole(context: Context) -> bool:
    found = (context.signatures.get(model.network) for model in context.graph.models.values())
    return all(signature is not None and signature.whole for signature in found)


def parameter_keys(context: Context) -> Iterator[str]:
    """Give the keys of all parameters that can be trained, of all models whose network is known."""
    for name, model in context.graph.models.items():
        if model.follows:
            continue
        signature = context.signatures.get(model.network)
        for weight in signature.weights(name) if signature else ():
            if not weight.buffer:
                yield key_of(weight.name)


def _port_problems(context: Context) -> list[Problem]:
    """Find networks in training that nothing goes into or comes out of."""
    problems = []
    for network in dict.fromkeys(model.network for model in context.graph.models.values()):
        graph = context.project.networks.get(network)
        if graph is not None:
            problems += list(_missing_ports(context, context.project, network, graph))
    return problems


def _missing_ports(context: Context, project: Project, network: str, graph: Graph) -> Iterable[Problem]:
    ref = GraphRef("networks", network)
    for role, kind, word in (
        (Role.INPUT, "input", "Nothing goes into"),
        (Role.OUTPUT, "output", "Nothing comes out of"),
    ):
        if nodes_of_role(graph, role):
            continue
        fix = add_node(f"Add an {kind}", project, ref, Node(id=NodeId("x" if kind == "input" else "out"), kind=kind))
        if kind == "output":
            fix = _output_fix(project, ref, graph) or fix
        message = f"{word} network {network}, and training needs it. Add an {kind}"
        problem = context.problem(None, f"no-{kind}", message, expected=f"an {kind}", fixes=(fix,))
        yield replace(problem, graph=ref)


def _output_fix(project: Project, ref: GraphRef, graph: Graph) -> Fix | None:
    from engine.check.fixes import append_after

    read = {wire.source for wire in graph.wires}
    loose = [node for node in graph.nodes.values() if node.id not in read]
    if len(loose) != 1:
        return None
    return append_after("Add an output", project, ref, loose[0].id, "y", Node(id=NodeId("out"), kind="output"))
