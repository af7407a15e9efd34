"""Places of a sequence told to a network, and sequences made of images. No torch in here; the formulas are torch's."""

from __future__ import annotations

from typing import Final

from engine.graph.dims import Dim, plus, product, times
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import attention_code, sight, sliding
from engine.layers.attention import features_of, sequence_fault
from engine.layers.emission import call, infix, method, module, pair
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Specs, Weight, WeightRule
from engine.layers.params import BoolParam, FloatParam, IntParam, Param, SizeParam, Values
from engine.layers.rules import need_float, need_rank, too_small, window_size
from engine.layers.sight import Sight

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_SINUSOIDS: Final = '''
def _sinusoids(x: torch.Tensor, base: float = 10000.0) -> torch.Tensor:
    """Give every place sines and cosines of its number at falling rates: ... x T x F -> T x F."""
    size = x.shape[-1]
    rates = base ** (torch.arange(0, size, 2, device=x.device) / -size)
    angles = torch.arange(x.shape[-2], device=x.device)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)[:, :size].to(x.dtype)
'''
_LEARNED: Final = '''
class _LearnedPositions(nn.Module):
    """Adds a learned vector to every place; places beyond the last that was learned share its vector."""

    def __init__(self, max_length: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(max_length, dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        places = torch.arange(x.shape[1], device=x.device)
        return x + self.weight[places.clamp(max=self.weight.shape[0] - 1)]
'''
_ALIBI: Final = '''
def _alibi(x: torch.Tensor, num_heads: int) -> torch.Tensor:
    """Lower scores by distance, in every head at another rate: B x T x F -> heads x T x T."""
    places = torch.arange(x.shape[1], device=x.device)
    rates = 2.0 ** (torch.arange(1, num_heads + 1, device=x.device) * (-8.0 / num_heads))
    return (-rates[:, None, None] * (places[:, None] - places).abs()).to(x.dtype)
'''
_CLASS_TOKEN: Final = '''
class _ClassToken(nn.Module):
    """Puts learned vectors before a sequence: B x T x F -> B x (T + tokens) x F."""

    def __init__(self, num_tokens: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(num_tokens, dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x], 1)
'''
_ARANGE: Final = ("torch.arange", ".device", ".dtype", ".to")
_BASE: Final = FloatParam(
    name="base",
    title="Base",
    default=10000.0,
    low=1.0,
    high=1e9,
    open_low=True,
    advanced=True,
    help="How much slower the slowest rate is than the fastest",
)


def _same(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        return sequence_fault(inputs["x"], title) or inputs["x"].reshaped(inputs["x"].shape)

    return infer


def _based(use: Emit) -> dict[str, float]:
    base = use.values.real("base")
    return {} if base == 10000.0 else {"base": base}


def _emit_sinusoids(use: Emit) -> Code:
    table = call("_sinusoids", use.names["x"], **_based(use))
    return Code(forward=infix(use.names["x"], "+", table), helpers=(_SINUSOIDS,))


def _emit_rotary(use: Emit) -> Code:
    forward = call("_rotary", use.names["x"], **_based(use))
    return Code(forward=forward, helpers=(attention_code.ROTARY,))


def _rotary(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_float(spec, "Rotary positions"):
        return fault
    if spec.rank >= 2 and isinstance(spec.shape[-1], int) and spec.shape[-1] % 2 == 0:
        return spec.reshaped(spec.shape)
    return Fault(
        message="Rotary positions turn pairs of numbers: the last axis must be even",
        expected="… × T × E, E even",
        found=shape_text(spec),
    )


def _learned(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, most = inputs["x"], values.integer("max_length")
    if fault := sequence_fault(spec, "Learned positions"):
        return fault
    length = spec.shape[1]
    if isinstance(length, int) and length > most:
        return Fault(
            message=f"Learned positions are fewer than the {length} places that come in",
            expected=f"at most {most} places",
            found=shape_text(spec),
            code="parameter",
            hints=(Hint(title=f"Learn {length}", set_parameter="max_length", to=length),),
        )
    return spec.reshaped(spec.shape)


def _alibi(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := sequence_fault(spec, "ALiBi"):
        return fault
    return spec.reshaped((values.integer("num_heads"), spec.shape[1], spec.shape[1]))


def _emit_alibi(use: Emit) -> Code:
    return Code(forward=call("_alibi", use.names["x"], use.values.integer("num_heads")), helpers=(_ALIBI,))


def _class_token(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := sequence_fault(spec, "Class token"):
        return fault
    return spec.reshaped((spec.shape[0], plus(spec.shape[1], values.integer("num_tokens")), spec.shape[2]))


def _rows(name: str, count: str, source: str) -> tuple[EmitRule, WeightRule]:
    """Give how a module with one row for each of `count` is made, and its weights."""

    def emit(use: Emit) -> Code:
        made = call(name, use.values.integer(count), features_of(use.specs["x"]))
        return Code(forward=call(use.self, use.names["x"]), module=made, helpers=(source,))

    def weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
        return (Weight("weight", (values.integer(count), features_of(inputs["x"]))),)

    return emit, weights


def _patches(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, patch = inputs["x"], values.size("patch_size", 2)
    if fault := need_rank(spec, 4, "Patch embedding", "an image (B × C × H × W)"):
        return fault
    if not isinstance(spec.shape[1], int):
        layout = "an image (B × C × H × W)"
        return Fault(
            message="Patch embedding needs a known number of channels", expected=layout, found=shape_text(spec)
        )
    sizes = tuple(window_size(size, step, step, 0) for size, step in zip(spec.shape[2:], patch, strict=True))
    if fault := too_small(sizes, "The patch", spec, "make it smaller") or _cut(spec, patch):
        return fault
    return spec.reshaped((spec.shape[0], product(sizes), values.integer("embed_dim")))


def _cut(spec: TensorSpec, patch: tuple[int, ...]) -> Fault | None:
    """Find fault with patches that leave a border over."""
    pairs = [(size, step) for size, step in zip(spec.shape[2:], patch, strict=True) if isinstance(size, int)]
    if all(size % step == 0 for size, step in pairs):
        return None
    fitting = max(step for step in range(1, max(patch) + 1) if all(size % step == 0 for size, _ in pairs))
    return Fault(
        message="Patches must divide the image: what is left over at its border would be lost",
        expected=f"sizes divisible by {' × '.join(map(str, patch))}",
        found=shape_text(spec),
        code="parameter",
        hints=(Hint(title=f"Patches of {fitting} × {fitting}", set_parameter="patch_size", to=fitting),),
    )


def _channels(inputs: Specs) -> int:
    size = inputs["x"].shape[1]
    return size if isinstance(size, int) else 0


def _emit_patches(use: Emit) -> Code:
    values, patch = use.values, pair(use.values.size("patch_size", 2))
    sizes = (_channels(use.specs), values.integer("embed_dim"), patch)
    bias = {"bias": (values.flag("bias"), True)}
    forward = method(method(call(use.self, use.names["x"]), "flatten", 2), "transpose", 1, 2)
    return Code(forward=forward, module=module("nn.Conv2d", *sizes, options={"stride": (patch, 1), **bias}))


def _patch_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    out = values.integer("embed_dim")
    bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
    return (Weight("weight", (out, _channels(inputs), *values.size("patch_size", 2))), *bias)


def _patch_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    rows, columns = values.size("patch_size", 2)
    return times(product(outputs["y"].shape), rows * columns * _channels(inputs))


def _kind(
    key: str,
    title: str,
    aliases: tuple[str, ...],
    text: Help,
    parameters: tuple[Param, ...],
    infer: InferRule,
    rules: tuple[EmitRule, WeightRule],
    calls: tuple[str, ...],
    sees: Sight | None = sight.point,
) -> LayerKind:
    emit, weights = rules
    return LayerKind(
        key=key,
        title=title,
        family="sequence",
        group="Positions",
        aliases=aliases,
        stem="positions" if "positions" in key else "",
        help=text,
        parameters=parameters,
        infer=infer,
        sees=sees,
        emit=emit,
        weights=weights,
        calls=calls,
    )


def _bare(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    return ()


KINDS = (
    _kind(
        "sinusoidal_positions",
        "Sinusoidal positions",
        ("positional encoding", "sine", "transformer"),
        Help(
            what="Adds to every place sines and cosines of its number, so that a network can tell places apart.",
            formula="y[t, 2i] = x[t, 2i] + sin(t / base^(2i/F)), y[t, 2i + 1] = x[t, 2i + 1] + cos(t / base^(2i/F))",
            shapes="B × T × F → the same",
            when="Before the first attention, where sequences may become longer than those trained on.",
            source="Vaswani et al., 2017, arXiv:1706.03762",
        ),
        (_BASE,),
        _same("Sinusoidal positions"),
        (_emit_sinusoids, _bare),
        ("torch.stack", ".cos", ".flatten", ".sin", *_ARANGE),
    ),
    _kind(
        "learned_positions",
        "Learned positions",
        ("positional embedding", "bert", "gpt", "vit"),
        Help(
            what="Adds to every place a learned vector of its own; places beyond the last one share its vector.",
            formula="y[t] = x[t] + W[t]",
            shapes="B × T × F → the same",
            when="Before the first attention, where sequences have a largest length.",
            source="Gehring et al., 2017, arXiv:1705.03122",
        ),
        (IntParam(name="max_length", title="Places", default=512, high=2**24, help="How many have a vector"),),
        _learned,
        _rows("_LearnedPositions", "max_length", _LEARNED),
        ("nn.Parameter", "torch.arange", "torch.randn", ".clamp", ".device"),
    ),
    _kind(
        "rotary_positions",
        "Rotary positions",
        ("rope", "rotary embedding", "llama"),
        Help(
            what="Turns pairs of numbers by an angle that grows with the place, so that products depend on distances.",
            formula="(a, b) → (a cos tθ − b sin tθ, b cos tθ + a sin tθ), a and b half the axis apart",
            shapes="… × T × E → the same",
            when="On queries and on keys, before dot-product attention; multi-head attention has a switch for it.",
            source="Su et al., 2021, arXiv:2104.09864",
        ),
        (_BASE,),
        _rotary,
        (_emit_rotary, _bare),
        attention_code.ROTARY_CALLS,
        sight.of_last_kept,
    ),
    _kind(
        "alibi",
        "ALiBi",
        ("linear bias", "attention bias", "positional bias"),
        Help(
            what="Numbers for the mask of attention: the farther a place, the lower its score, in each head otherwise.",
            formula="y[h, t, s] = −2^(−8h/heads) · |t − s|, h = 1 … heads",
            shapes="B × T × F → heads × T × T",
            when="Into the mask of multi-head attention, for sequences longer than those trained on.",
            source="Press, Smith, Lewis, 2022, arXiv:2108.12409",
        ),
        (IntParam(name="num_heads", title="Heads", default=8, high=2**10, help="As many as the attention has"),),
        _alibi,
        (_emit_alibi, _bare),
        (*_ARANGE, ".abs"),
        None,
    ),
    _kind(
        "class_token",
        "Class token",
        ("cls", "register", "vit", "prefix"),
        Help(
            what="Puts learned vectors before a sequence, where attention gathers what is known of the whole.",
            formula="y = [w; x]",
            shapes="B × T × F → B × (T + 1) × F",
            when="Before the positions of a vision transformer; its first place then goes to the last linear layer.",
            source="Dosovitskiy et al., 2021, arXiv:2010.11929",
        ),
        (IntParam(name="num_tokens", title="Tokens", default=1, high=2**16, help="How many vectors are put there"),),
        _class_token,
        _rows("_ClassToken", "num_tokens", _CLASS_TOKEN),
        ("nn.Parameter", "torch.cat", "torch.randn", ".expand"),
        sight.behind("num_tokens"),
    ),
    LayerKind(
        key="patch_embedding",
        title="Patch embedding",
        family="vision",
        group="Positions",
        aliases=("patchify", "vit", "vision transformer", "image tokens"),
        stem="patches",
        help=Help(
            what="Cuts an image into patches and makes a vector of each with one linear map: an image as a sequence.",
            formula="T = (H / patch) · (W / patch)",
            shapes="B × C × H × W → B × T × F",
            when="As the first layer of a vision transformer.",
            source=f"Dosovitskiy et al., 2021, arXiv:2010.11929; {_DOCS}.Conv2d.html",
        ),
        parameters=(
            IntParam(name="embed_dim", title="Features", default=192, high=2**20, help="Length of each vector"),
            SizeParam(name="patch_size", title="Patch size", default=16, axes=2, help="Height and width of a patch"),
            BoolParam(name="bias", title="Bias", default=True, help="Whether a learned vector is added", advanced=True),
        ),
        infer=_patches,
        sees=sliding.tokens,
        emit=_emit_patches,
        weights=_patch_weights,
        multiply_adds=_patch_cost,
        calls=("nn.Conv2d", ".flatten", ".transpose"),
    ),
)
