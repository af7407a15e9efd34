"""What crosses from one objective to the next, and what does not: hold and stop gradient. No torch in here."""

from __future__ import annotations

from engine.graph.specs import TensorSpec
from engine.layers import sight
from engine.layers.emission import method
from engine.layers.kind import Code, Emit, Help, LayerKind, Role, Specs
from engine.layers.params import Values


def _same(values: Values, inputs: Specs) -> TensorSpec:
    return inputs["x"]


def _emit_detach(use: Emit) -> Code:
    return Code(forward=method(use.names["x"], "detach"))


KINDS = (
    LayerKind(
        key="hold",
        title="Hold",
        family="data",
        group="Control",
        aliases=("cache", "keep", "reuse"),
        help=Help(
            what="Gives every objective what its first evaluation in this step produced, without a gradient.",
            shapes="any → the same",
            when="When a later objective needs a value that an earlier one computed, e.g. the fake batch of a GAN.",
            source="torch.Tensor.detach, https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html",
        ),
        role=Role.HOLD,
        infer=_same,
        sees=sight.point,
        emit=_emit_detach,
        traits=("keeps_values", "keeps_size"),
        calls=(".detach",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="stop_gradient",
        title="Stop gradient",
        family="data",
        group="Control",
        aliases=("detach",),
        help=Help(
            what="Gives what it gets; no gradient flows back through it.",
            formula="y = x, ∂y/∂x = 0",
            shapes="any → the same",
            when="For targets computed by the network itself.",
            source="torch.Tensor.detach, https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html",
        ),
        infer=_same,
        sees=sight.point,
        emit=_emit_detach,
        traits=("keeps_values", "keeps_size"),
        calls=(".detach",),
        spaces=("networks", "training"),
    ),
)
