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
            what="A network of this project as one node, repeated or run along an axis when asked; each use has weights "
            "of its own. Along an axis, inputs with one axis more than the network takes are taken apart, the others go "
            "into every step; what it gives is put together along that axis. An input `hidden` and an output "
            "`hidden_next` carry a state from step to step: it starts with what comes in at `hidden`, else at zero, and "
            "its last value comes out. Exports write every step, for data of one length.",
            formula="along 1: y[:, t], hidden_next = network(x[:, t], hidden)",
            shapes="as its network; along 1: B × T × … → B × T × …",
            when="For blocks that a drawing repeats, and for recurrent networks drawn from neurons.",
            source="torch.nn.Module, https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
        ),
        role=Role.NETWORK,
        parameters=(
            TextParam(name="network", title="Network", form="network", help="Name of a network of this project"),
            IntParam(
                name="repeat", title="Repeat", default=1, high=10_000, help="How often it stands one behind the other"
            ),
            IntParam(
                name="along",
                title="Along axis",
                default=0,
                low=0,
                high=11,
                help="Axis it is run along step by step, with the same weights: 1 is time of B × T × features; "
                "0 runs it once",
            ),
        ),
        inputs=(),
        outputs=(),
        infer=_network,
        emit=_emit_nothing,
        calls=("torch.stack", "torch.bool", "torch.float32", "torch.int64", ".append", ".new_zeros", ".unbind"),
    ),
)
