"""Regularisation: dropout of values, channels and samples; noise. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.emission import call, infix, method, module
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, InferRule, LayerKind, Specs
from engine.layers.params import FloatParam, Values
from engine.layers.rules import need_float, need_rank, same_shape, size_of, through_module
from engine.layers.windows import DOCS, LAYOUT, PLACES, THING

_P = FloatParam(name="p", title="Probability", default=0.5, low=0.0, high=1.0, help="Part that is set to 0 in training")
_STD = FloatParam(name="std", title="Deviation", default=0.1, low=0.0, high=1e6, help="Standard deviation of the noise")
_NOISE = '''
class _GaussianNoise(nn.Module):
    """Adds normal noise in training."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x
'''


def _image_of(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        return need_rank(spec, axes + 2, title, LAYOUT[axes]) or spec.reshaped(spec.shape)

    return infer


def _with_channels(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if spec.rank < 2:
        return Fault(
            message="Feature alpha dropout needs channels behind the batch",
            expected="B × C × …",
            found=shape_text(spec),
        )
    return need_float(spec, "Feature alpha dropout", embed=True) or spec.reshaped(spec.shape)


def _emit_path(use: Emit) -> Code:
    """Write dropout of ones, one for each sample, times the input."""
    x, spec = use.names["x"], use.specs["x"]
    ones = method(x, "new_ones", size_of(spec.shape[0], use), *[1] * (spec.rank - 1))
    return Code(forward=infix(x, "*", call(use.self, ones)), module=module("nn.Dropout", use.values.real("p")))


def _emit_noise(use: Emit) -> Code:
    made = call("_GaussianNoise", use.values.real("std"))
    return Code(forward=call(use.self, use.names["x"]), module=made, helpers=(_NOISE,))


def _kind(
    key: str,
    title: str,
    text: Help,
    aliases: tuple[str, ...],
    infer: InferRule,
    calls: tuple[str, ...],
    *,
    parameter: FloatParam = _P,
    emit: EmitRule | None = None,
) -> LayerKind:
    """Declare a kind that disturbs its input in training; the first of `calls` is its module, made with p."""
    return LayerKind(
        key=key,
        stem="dropout" if "dropout" in key else "",
        title=title,
        family="normalisation",
        group="Regularisation",
        aliases=("regularization", *aliases),
        help=text,
        parameters=(parameter,),
        infer=infer,
        sees=sight.point,
        emit=emit or through_module(lambda use: module(calls[0], use.values.real("p"))),
        traits=("drops", "keeps_size") if parameter is _P else ("keeps_size",),
        calls=calls,
        stochastic=True,
        differs_in_training=True,
    )


def _of_channels(axes: int, when: str) -> LayerKind:
    title = f"Dropout {axes}d"
    text = Help(
        what=f"Sets whole random channels of {THING[axes]} to 0 in training, scales the rest up; evaluation changes nothing.",
        formula="y[c] = x[c] · m[c] / (1 − p)",
        shapes=f"B × C × {' × '.join(PLACES[axes])} → the same",
        when=when,
        source=f"Tompson et al., 2015, arXiv:1411.4280; {DOCS}.Dropout{axes}d.html",
    )
    aliases = ("spatial dropout", "channel dropout")
    return _kind(f"dropout{axes}d", title, text, aliases, _image_of(axes, title), (f"nn.Dropout{axes}d",))


KINDS = (
    _kind(
        "dropout",
        "Dropout",
        Help(
            what="Sets random values to 0 in training and scales the rest up; does nothing in evaluation.",
            formula="y = x · m / (1 − p), m = 1 with probability 1 − p",
            shapes="any → the same",
            when="Against overfitting, before the last linear layers.",
            source=f"Srivastava et al., 2014, JMLR 15; {DOCS}.Dropout.html",
        ),
        (),
        same_shape("Dropout"),
        ("nn.Dropout",),
    ),
    _of_channels(1, "Against overfitting between convolutions along time, where neighbouring steps say the same."),
    _of_channels(2, "Against overfitting between convolutions, where neighbouring values say the same."),
    _of_channels(3, "Against overfitting between convolutions of volumes and films."),
    _kind(
        "alpha_dropout",
        "Alpha dropout",
        Help(
            what="Dropout that keeps mean 0 and variance 1: dropped values become what SELU gives far left.",
            formula="y = a · (x · m + α' · (1 − m)) + b, α' = −1.7581",
            shapes="any → the same",
            when="With SELU, instead of dropout.",
            source=f"Klambauer et al., 2017, arXiv:1706.02515; {DOCS}.AlphaDropout.html",
        ),
        ("selu", "self-normalising"),
        same_shape("Alpha dropout"),
        ("nn.AlphaDropout",),
    ),
    _kind(
        "feature_alpha_dropout",
        "Feature alpha dropout",
        Help(
            what="Alpha dropout of whole channels.",
            formula="y[c] = a · (x[c] · m[c] + α' · (1 − m[c])) + b, α' = −1.7581",
            shapes="B × C × … → the same",
            when="With SELU, between convolutions.",
            source=f"Klambauer et al., 2017, arXiv:1706.02515; {DOCS}.FeatureAlphaDropout.html",
        ),
        ("selu", "self-normalising", "channel dropout"),
        _with_channels,
        ("nn.FeatureAlphaDropout",),
    ),
    _kind(
        "drop_path",
        "Drop path",
        Help(
            what="Sets whole random samples to 0 in training and scales the rest up: for those, a branch is left out.",
            formula="y[b] = x[b] · m[b] / (1 − p)",
            shapes="B × … → the same",
            when="At the end of a residual branch, before it is added: deep networks train as many shallow ones.",
            source="Huang et al.: Deep Networks with Stochastic Depth, 2016, arXiv:1603.09382",
        ),
        ("stochastic depth", "residual dropout"),
        same_shape("Drop path"),
        ("nn.Dropout", ".new_ones"),
        emit=_emit_path,
    ),
    _kind(
        "gaussian_noise",
        "Gaussian noise",
        Help(
            what="Adds normal noise in training; does nothing in evaluation.",
            formula="y = x + std · ε, ε ~ N(0, 1)",
            shapes="any → the same",
            when="Against overfitting on small data, on what comes in; and in denoising autoencoders.",
            source="Bishop: Training with Noise is Equivalent to Tikhonov Regularization, 1995",
        ),
        ("jitter", "denoising", "augmentation"),
        same_shape("Gaussian noise"),
        ("torch.randn_like", ".training"),
        parameter=_STD,
        emit=_emit_noise,
    ),
)
