"""Draws from distributions that networks describe. No torch in here; the formulas are torch's."""

from __future__ import annotations

from typing import Final

from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.emission import call
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Specs
from engine.layers.params import Values
from engine.layers.rules import need_float

_GAUSSIAN: Final = '''
class _GaussianSample(nn.Module):
    """Draws from a normal distribution so that gradients reach its parameters; gives the mean in evaluation."""

    def forward(self, mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return mean
        return mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
'''


def _sample(values: Values, inputs: Specs) -> TensorSpec | Fault:
    mean, log_var = inputs["mean"], inputs["log_var"]
    if fault := need_float(mean, "Gaussian sample", "mean") or need_float(log_var, "Gaussian sample", "log_var"):
        return fault
    equal = mean.rank == log_var.rank and all(map(same, mean.shape, log_var.shape))
    if equal and mean.dtype == log_var.dtype:
        return mean.reshaped(mean.shape)
    return Fault(
        message="Gaussian sample needs a log-variance for every mean",
        expected=f"{shape_text(mean)} {mean.dtype}",
        found=f"{shape_text(log_var)} {log_var.dtype}",
        port="log_var",
    )


def _emit_sample(use: Emit) -> Code:
    forward = call(use.self, use.names["mean"], use.names["log_var"])
    return Code(forward=forward, module=call("_GaussianSample"), helpers=(_GAUSSIAN,))


KINDS = (
    LayerKind(
        key="gaussian_sample",
        title="Gaussian sample",
        family="data",
        group="Sampling",
        aliases=("reparameterisation", "reparameterization", "vae", "sample", "latent"),
        stem="sample",
        help=Help(
            what="Draws from the normal distribution that a mean and a log-variance describe; in evaluation, gives the mean.",
            formula="y = mean + exp(½ log_var) · ε, ε ~ N(0, 1)",
            shapes="B × F, B × F → B × F",
            when="Between the encoder and the decoder of a variational autoencoder.",
            source="Kingma, Welling, 2014, arXiv:1312.6114",
        ),
        inputs=(Port("mean"), Port("log_var", title="log-variance")),
        infer=_sample,
        sees=sight.point,
        emit=_emit_sample,
        stochastic=True,
        differs_in_training=True,
        calls=("torch.exp", "torch.randn_like", ".training"),
    ),
)
