"""What comes in at the ports of one node, and wires that fit no port; it must not know rules for shapes."""

from __future__ import annotations

from engine.check.context import Context, did_you_mean, name_of
from engine.check.fixes import remove_wires
from engine.check.report import Problem, State
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Node, Wire
from engine.layers.kind import Port


def gathered(
    context: Context, node: Node, ports: tuple[Port, ...]
) -> tuple[dict[str, TensorSpec] | None, tuple[Problem, ...]]:
    """Collect the specs that come in at a node, in port order.

    Args:
        context: the graph; the nodes that are read from have their reports.
        node: the node.
        ports: its input ports.

    Returns:
        Specs by port, None while one is missing or pending; and what is wrong with the wires.
    """
    feeds = context.wiring.feeds[node.id]
    inputs: dict[str, TensorSpec] = {}
    pending = False
    problems: list[Problem] = []
    for port in ports:
        feed = feeds.get(port.id)
        if feed is None:
            if not port.optional:
                problems.append(unconnected(context, node, port))
            continue
        source = context.reports.get(feed[0])
        spec = source.outputs.get(feed[1]) if source else None
        if spec is not None:
            inputs[port.id] = spec
            continue
        pending = True
        if source and source.state is State.KNOWN:
            problems.append(_no_output(context, node, port.id, feed, tuple(source.outputs)))
    if len(feeds) > len(inputs):
        problems += _no_inputs(context, node, ports)
    return (None if pending or problems else inputs), tuple(problems)


def unconnected(context: Context, node: Node, port: Port) -> Problem:
    """Say that nothing comes in at a port that needs something."""
    word = f" {port.title or port.id}" if port.id != "x" else ""
    return context.problem(
        node,
        "unconnected",
        f"Nothing comes in at the input{word} of {name_of(node)}. Draw a wire to it",
        port=port.id,
    )


def _no_output(context: Context, node: Node, port: str, feed: tuple[NodeId, str], outputs: tuple[str, ...]) -> Problem:
    wire = Wire(feed[0], feed[1], node.id, port)
    there = ", ".join(outputs) or "none"
    return context.problem(
        node,
        "no-such-port",
        f"{feed[0]} has no output {feed[1]!r}{did_you_mean(feed[1], outputs)}",
        port=port,
        expected=f"one of its outputs: {there}",
        found=feed[1],
        fixes=(remove_wires("Remove the wire", context.ref, (wire,)),),
    )


def _no_inputs(context: Context, node: Node, ports: tuple[Port, ...]) -> list[Problem]:
    names = [port.id for port in ports]
    problems = []
    for port, (source, output) in context.wiring.feeds[node.id].items():
        if port not in names:
            wire = Wire(source, output, node.id, port)
            message = f"{name_of(node)} has no input {port!r}{did_you_mean(port, names)}"
            fix = remove_wires("Remove the wire", context.ref, (wire,))
            there = ", ".join(names) or "no inputs"
            problems.append(
                context.problem(node, "no-such-port", message, port=port, expected=there, found=port, fixes=(fix,))
            )
    return problems
