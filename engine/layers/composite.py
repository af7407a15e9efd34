"""A network as a node of another network. No torch in here."""

from __future__ import annotations

from engine.errors import BuildError
from engine.graph.specs import TensorSpec
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Role, Specs
from engine.layers.params import IntParam, TextParam, Values


def _network(values: Values, inputs: Specs) -> TensorSpec | Fault:
    return Fault(
        message="Name the network that this node stands for",
        expected="a network of this project",
        code="network",
        port="",
    )


def _emit_nothing(use: Emit) -> Code:
    raise BuildError("this node is written by the compiler itself")


KINDS = (
    LayerKind(
        key="network",
        title="Network",
        family="data",
        group="Networks",
        aliases=("composite", "block", "group", "subgraph"),
        help=Help(
            what="A network of this project as one node, repeated when asked; each use has weights of its own.",
            shapes="as its network",
            when="For blocks that a drawing repeats.",
            source="torch.nn.Module, https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
        ),
        role=Role.NETWORK,
        parameters=(
            TextParam(name="network", title="Network", form="network", help="Name of a network of this project"),
            IntParam(
                name="repeat", title="Repeat", default=1, high=10_000, help="How often it stands one behind the other"
            ),
        ),
        inputs=(),
        outputs=(),
        infer=_network,
        emit=_emit_nothing,
    ),
)
