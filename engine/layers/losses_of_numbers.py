"""Losses of numbers and likelihoods beyond the first few: robust, counted, probabilistic. No torch; formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi

from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers.emission import call, infix, method
from engine.layers.kind import (
    Code,
    CostRule,
    Emit,
    EmitRule,
    Fault,
    Help,
    InferRule,
    LayerKind,
    Port,
    PortRule,
    Role,
    Specs,
    no_cost,
)
from engine.layers.losses import class_numbers, paired
from engine.layers.params import BoolParam, FloatParam, Param, Values
from engine.layers.rules import FUNCTIONAL, need_float

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_PAIR = (Port("x"), Port("target"))
_CHANCES = (Port("x", low=0.0, high=1.0), Port("target", low=0.0, high=1.0))
_SPREAD = (Port("x"), Port("target"), Port("variance", low=0.0))
_POSTERIOR = (Port("mean"), Port("log_variance"))


def alike(title: str, ports: tuple[str, ...], least: int = 0) -> Callable[[Values, Specs], TensorSpec | Fault]:
    """Rule of a loss of several tensors of real numbers of one shape, with at least `least` axes."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        first = inputs[ports[0]]
        for port in ports:
            spec = inputs[port]
            if fault := need_float(spec, title, port):
                return fault
            fits = spec.rank == first.rank and all(same(a, b) for a, b in zip(first.shape, spec.shape, strict=True))
            if not fits or spec.dtype != first.dtype or spec.rank < least:
                return Fault(
                    message=f"{title} compares tensors of the same shape{', a vector a sample' if least else ''}",
                    expected=f"{shape_text(first)} {first.dtype}" if spec.rank >= least else "B × F",
                    found=f"{shape_text(spec)} {spec.dtype}",
                    port=port,
                )
        return TensorSpec(shape=())

    return infer


def called(function: str, *parameters: Param, **always: Value) -> EmitRule:
    """Emit a call of `function` with all inputs in port order, and the parameters that differ from torch's defaults."""

    def emit(use: Emit) -> Code:
        given = {param.name: (use.values.raw(param.name), param.default) for param in parameters}
        options = {name: value for name, (value, default) in given.items() if value != default}
        return Code(forward=call(function, *use.names.values(), **options, **always), imports=(FUNCTIONAL,))

    return emit


def loss(
    key: str,
    title: str,
    page: str,
    text: tuple[str, str, str],
    *,
    infer: InferRule,
    emit: EmitRule,
    calls: tuple[str, ...],
    aliases: tuple[str, ...] = (),
    inputs: tuple[Port, ...] | PortRule = _PAIR,
    parameters: tuple[Param, ...] = (),
    multiply_adds: CostRule = no_cost,
    source: str = "",
    no_onnx: str = "",
) -> LayerKind:
    """Declare a loss; `text` is what it is, its formula and when it serves, `page` torch's class."""
    what, formula, when = text
    return LayerKind(
        key=key,
        title=title,
        family="loss",
        group="Loss",
        aliases=("loss", "criterion", *aliases),
        help=Help(
            what=what,
            formula=formula,
            shapes="inputs → scalar",
            when=when,
            source=source or f"{_DOCS}.{page}.html",
        ),
        role=Role.LOSS,
        inputs=inputs,
        parameters=parameters,
        infer=infer,
        emit=emit,
        calls=calls,
        multiply_adds=multiply_adds,
        spaces=("networks", "training"),
        no_onnx=no_onnx,
    )


def _plain(
    key: str,
    title: str,
    page: str,
    function: str,
    text: tuple[str, str, str],
    *parameters: Param,
    inputs: tuple[Port, ...] | PortRule = _PAIR,
    aliases: tuple[str, ...] = (),
    **always: Value,
) -> LayerKind:
    """Declare a loss of x and target that one function of torch computes."""
    return loss(
        key,
        title,
        page,
        text,
        infer=paired(title),
        emit=called(function, *parameters, **always),
        calls=(function,),
        aliases=aliases,
        inputs=inputs,
        parameters=parameters,
    )


def _divergence_ports(values: Values) -> tuple[Port, ...]:
    return _PAIR if values.flag("log_target") else (Port("x"), Port("target", low=0.0))


def _count_ports(values: Values) -> tuple[Port, ...]:
    return Port("x") if values.flag("log_input") else Port("x", low=0.0), Port("target", low=0.0)


def _emit_gaussian(use: Emit) -> Code:
    """Write the formula: torch's function looks at values, which neither an export nor a graph of shapes has."""
    x, target = use.names["x"], use.names["target"]
    variance = method(use.names["variance"], "clamp", min=use.values.real("eps"))
    error = infix(method(infix(x, "-", target), "square"), "/", variance)
    forward = infix(0.5, "*", method(infix(method(variance, "log"), "+", error), "mean"))
    return Code(forward=infix(forward, "+", 0.5 * log(2 * pi)) if use.values.flag("full") else forward)


def _emit_soft_margin(use: Emit) -> Code:
    """Write the formula: torch's function gives targets no gradient and overflows."""
    against = infix(-1.0, "*", infix(use.names["x"], "*", use.names["target"]))
    return Code(forward=method(call("F.softplus", against), "mean"), imports=(FUNCTIONAL,))


def _emit_posterior(use: Emit) -> Code:
    mean, spread = use.names["mean"], use.names["log_variance"]
    inner = infix(infix(infix(1.0, "+", spread), "-", method(mean, "square")), "-", method(spread, "exp"))
    total = method(inner, "sum", dim=-1)
    return Code(forward=infix(-0.5, "*", method(total, "mean")))


def _real(name: str, title: str, default: float, text: str, low: float = 0.0) -> FloatParam:
    return FloatParam(name=name, title=title, default=default, low=low, high=1e6, open_low=name != "beta", help=text)


_FULL = BoolParam(name="full", title="Constant term", default=False, help="Whether what does not depend on x is added")
_EPS = _real("eps", "Smallest variance", 1e-6, "Variances below count as this")

KINDS = (
    _plain(
        "smooth_l1",
        "Smooth L1",
        "SmoothL1Loss",
        "F.smooth_l1_loss",
        (
            "Squared where errors are small, absolute where they are large.",
            "loss = mean e² / 2β where |e| < β, |e| − β/2 elsewhere",
            "For numbers with outliers, such as boxes.",
        ),
        _real("beta", "Beta", 1.0, "Error from which it is absolute"),
        aliases=("robust", "regression"),
    ),
    _plain(
        "huber",
        "Huber",
        "HuberLoss",
        "F.huber_loss",
        (
            "Squared where errors are small, with a constant slope where they are large.",
            "loss = mean e² / 2 where |e| < δ, δ (|e| − δ/2) elsewhere",
            "For numbers with outliers.",
        ),
        _real("delta", "Delta", 1.0, "Error from which the slope is constant"),
        aliases=("robust", "regression"),
    ),
    _plain(
        "bce",
        "BCE",
        "BCELoss",
        "F.binary_cross_entropy",
        (
            "Cross-entropy of yes-no answers given as chances from 0 to 1.",
            "loss = −mean [t log x + (1 − t) log(1 − x)]",
            "After a sigmoid; with raw scores BCE with logits is safer.",
        ),
        inputs=_CHANCES,
        aliases=("binary cross-entropy", "autoencoder"),
    ),
    _plain(
        "kl_divergence",
        "KL divergence",
        "KLDivLoss",
        "F.kl_div",
        (
            "How far one distribution, given as log-chances, is from another one; summed, divided by the batch.",
            "loss = Σ t (log t − x) / B",
            "For distillation.",
        ),
        BoolParam(
            name="log_target", title="Target is log", default=False, help="Whether the target is logarithms, too"
        ),
        inputs=_divergence_ports,
        aliases=("kullback-leibler", "distillation"),
        reduction="batchmean",
    ),
    _plain(
        "poisson_nll",
        "Poisson NLL",
        "PoissonNLLLoss",
        "F.poisson_nll_loss",
        ("How surprised a rate is by counts.", "loss = mean eˣ − t x", "For counts of events."),
        BoolParam(name="log_input", title="Rate is log", default=True, help="Whether x is the logarithm of the rate"),
        _FULL,
        inputs=_count_ports,
        aliases=("count", "rate"),
    ),
    loss(
        "soft_margin",
        "Soft margin",
        "SoftMarginLoss",
        ("Logistic loss of yes-no answers written 1 and −1.", "loss = mean log(1 + e^(−t x))", "For two classes."),
        infer=paired("Soft margin"),
        emit=_emit_soft_margin,
        calls=("F.softplus", ".mean"),
        aliases=("logistic",),
    ),
    _plain(
        "multilabel_soft_margin",
        "Multi-label soft margin",
        "MultiLabelSoftMarginLoss",
        "F.multilabel_soft_margin_loss",
        (
            "Cross-entropy of several yes-no answers a sample; sigmoid is built in.",
            "loss = −mean [t log σ(x) + (1 − t) log(1 − σ(x))]",
            "For several labels at once.",
        ),
        aliases=("tags",),
    ),
    loss(
        "nll",
        "NLL",
        "NLLLoss",
        (
            "How surprised log-chances are by the true class.",
            "loss = −mean x[target]",
            "After log-softmax; with raw scores cross-entropy does both.",
        ),
        aliases=("negative log-likelihood", "classification"),
        inputs=(Port("scores"), Port("target")),
        infer=class_numbers("NLL"),
        emit=called("F.nll_loss"),
        calls=("F.nll_loss",),
    ),
    loss(
        "gaussian_nll",
        "Gaussian NLL",
        "GaussianNLLLoss",
        (
            "How surprised a mean and a variance are by numbers.",
            "loss = mean ½ [log v + (x − t)² / v]",
            "When a network says how sure it is.",
        ),
        aliases=("uncertainty", "regression"),
        inputs=_SPREAD,
        infer=alike("Gaussian NLL", ("x", "target", "variance")),
        emit=_emit_gaussian,
        parameters=(_FULL, _EPS),
        calls=(".clamp", ".square", ".log", ".mean"),
    ),
    loss(
        "gaussian_kl",
        "Gaussian KL",
        "",
        (
            "How far Gaussians are from the standard one; summed over features, averaged over the rest.",
            "loss = −½ mean Σ (1 + log σ² − μ² − σ²)",
            "For variational autoencoders.",
        ),
        aliases=("vae", "kl divergence"),
        inputs=_POSTERIOR,
        infer=alike("Gaussian KL", ("mean", "log_variance"), least=2),
        emit=_emit_posterior,
        calls=(".square", ".exp", ".sum", ".mean"),
        source="https://arxiv.org/abs/1312.6114",
    ),
)
