"""Networks that look where they want: affine grids, sampling by a grid, squeeze-and-excitation. No torch in here."""

from __future__ import annotations

from typing import Final

from engine.graph.dims import Dim, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight
from engine.layers.emission import call, method, sequence
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Port, Specs, Weight
from engine.layers.params import BoolParam, ChoiceParam, IntParam, SizeParam, Values
from engine.layers.rules import FUNCTIONAL, need_float, size_of
from engine.layers.windows import DOCS, PLACES, THING, channels_of

_ALIGNED = BoolParam(
    name="align_corners",
    title="Align corners",
    default=False,
    help="Whether −1 and 1 mean the middles of the outermost pixels, and not the edges of the image",
    advanced=True,
)
_EXCITATION: Final = '''
class _SqueezeExcitation(nn.Module):
    """Weighs channels by what their means say."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        means = x.flatten(2).mean(2)
        weights = torch.sigmoid(self.excite(torch.relu(self.squeeze(means))))
        return x * weights.reshape(weights.shape + (1,) * (x.dim() - 2))
'''


def _image_fault(spec: TensorSpec, title: str, port: str) -> Fault | None:
    if spec.rank in (4, 5):
        return need_float(spec, title, port)
    return Fault(
        message=f"{title} needs an image or a volume (B × C × … × H × W)",
        expected="B × C × H × W",
        found=shape_text(spec),
        port=port,
    )


def _affine(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        theta, sizes, count = inputs["theta"], values.size("size", axes), axes * (axes + 1)
        if fault := need_float(theta, title, "theta"):
            return fault
        if theta.shape[1:] not in ((count,), (axes, axes + 1)):
            hint = Hint(title=f"Give {count} outputs", set_parameter="out_features", to=count, port="theta")
            return Fault(
                message=f"{title} needs {count} numbers for each sample: {axes} rows of {axes + 1}",
                expected=f"B × {count} or B × {axes} × {axes + 1}",
                found=shape_text(theta),
                port="theta",
                hints=(hint,) if theta.rank == 2 else (),
            )
        return theta.reshaped((theta.shape[0], *sizes, axes))

    return infer


def _emit_affine(axes: int) -> EmitRule:
    def emit(use: Emit) -> Code:
        theta, spec = use.names["theta"], use.specs["theta"]
        rows = theta if spec.rank == 3 else method(theta, "reshape", -1, axes, axes + 1)
        size = sequence((size_of(spec.shape[0], use), 1, *use.values.size("size", axes)))
        forward = call("F.affine_grid", rows, size, align_corners=use.values.flag("align_corners"))
        return Code(forward=forward, imports=(FUNCTIONAL,))

    return emit


def _affine_kind(axes: int) -> LayerKind:
    title, count = f"Affine grid {axes}d", axes * (axes + 1)
    places, thing = " × ".join(PLACES[axes]), THING[axes].split()[1]
    return LayerKind(
        key=f"affine_grid{axes}d",
        title=title,
        family="vision",
        group="Resizing",
        aliases=("spatial transformer", "rotate", "localisation"),
        help=Help(
            what=f"Says for each place of a new {thing} where in the old one it comes from: turned, scaled, moved.",
            formula="grid[place] = θ · (place, 1)ᵀ, places from −1 to 1",
            shapes=f"B × {count} or B × {axes} × {axes + 1} → B × {places} × {axes}",
            when="Before grid sample, in spatial transformers: a network that says how it wants to see its input.",
            source=f"Jaderberg et al., 2015, arXiv:1506.02025; {DOCS}.functional.affine_grid.html",
        ),
        stem="grid",
        parameters=(
            SizeParam(  # a single place has no corners to align, and torch cannot export it
                name="size", title="Size", axes=axes, default=28, low=2, help=f"Size of the {thing} that is sampled"
            ),
            _ALIGNED,
        ),
        inputs=(Port("theta", help=f"{count} numbers, or {axes} × {axes + 1}, for each sample"),),
        infer=_affine(axes, title),
        sees=sight.whole,
        emit=_emit_affine(axes),
        calls=("F.affine_grid", ".reshape"),
    )


def _sample(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, grid = inputs["x"], inputs["grid"]
    if fault := _image_fault(x, "Grid sample", "x") or need_float(grid, "Grid sample", "grid"):
        return fault
    axes = x.rank - 2
    fits = grid.rank == x.rank and grid.shape[-1] == axes and same(grid.shape[0], x.shape[0]) is True
    if not fits or grid.dtype != x.dtype:
        return Fault(
            message=f"Grid sample needs a grid of places: {axes} numbers for each pixel that comes out",
            expected=f"{x.shape[0]} × … × {axes} ({x.dtype})",
            found=f"{shape_text(grid)} ({grid.dtype})",
            port="grid",
        )
    if axes == 3 and values.text("mode") == "bicubic":
        return Fault(
            message="Grid sample of volumes knows no bicubic mode",
            expected="bilinear or nearest",
            found="bicubic",
            code="parameter",
            hints=(Hint(title="Use bilinear", set_parameter="mode", to="bilinear"),),
        )
    return x.reshaped((*x.shape[:2], *grid.shape[1:-1]))


def _emit_sample(use: Emit) -> Code:
    values = use.values
    options: dict[str, Value] = {}
    for name, default in (("mode", "bilinear"), ("padding_mode", "zeros")):
        if values.text(name) != default:
            options[name] = values.text(name)
    options["align_corners"] = values.flag("align_corners")
    forward = call("F.grid_sample", use.names["x"], use.names["grid"], **options)
    return Code(forward=forward, imports=(FUNCTIONAL,))


def _hidden(values: Values, inputs: Specs) -> int:
    return max(1, channels_of(inputs) // values.integer("reduction"))


def _excite(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if spec.rank < 3 or not isinstance(spec.shape[1], int):
        return Fault(
            message="Squeeze-and-excitation needs a known number of channels, and places behind them",
            expected="B × C × H × W",
            found=shape_text(spec),
        )
    return need_float(spec, "Squeeze-and-excitation") or spec.reshaped(spec.shape)


def _excite_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    channels, hidden = channels_of(inputs), _hidden(values, inputs)
    return (
        Weight("squeeze.weight", (hidden, channels)),
        Weight("squeeze.bias", (hidden,)),
        Weight("excite.weight", (channels, hidden)),
        Weight("excite.bias", (channels,)),
    )


def _excite_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    return times(inputs["x"].shape[0], 2 * channels_of(inputs) * _hidden(values, inputs))


def _emit_excite(use: Emit) -> Code:
    made = call("_SqueezeExcitation", channels_of(use.specs), _hidden(use.values, use.specs))
    return Code(forward=call(use.self, use.names["x"]), module=made, helpers=(_EXCITATION,))


KINDS = (
    _affine_kind(2),
    _affine_kind(3),
    LayerKind(
        key="grid_sample",
        title="Grid sample",
        family="vision",
        group="Resizing",
        aliases=("warp", "spatial transformer", "deform", "optical flow"),
        help=Help(
            what="Takes pixels of an image at the places that a grid names, between pixels too.",
            formula="y[i, j] = x at grid[i, j], places from −1 to 1",
            shapes="B × C × H × W, B × H' × W' × 2 → B × C × H' × W'",
            when="Behind an affine grid, or to warp images by a flow that a network gives.",
            source=f"Jaderberg et al., 2015, arXiv:1506.02025; {DOCS}.functional.grid_sample.html",
        ),
        stem="sample",
        parameters=(
            ChoiceParam(
                name="mode",
                title="Mode",
                default="bilinear",
                choices=("bilinear", "nearest", "bicubic"),
                help="How numbers between pixels are found",
            ),
            ChoiceParam(
                name="padding_mode",
                title="Outside",
                default="zeros",
                choices=("zeros", "border", "reflection"),
                help="What stands outside of the image: zeros, its border repeated, or the image mirrored",
            ),
            _ALIGNED,
        ),
        inputs=(Port("x"), Port("grid", help="Places from −1 to 1, x before y")),
        sees=sight.whole,
        infer=_sample,
        emit=_emit_sample,
        calls=("F.grid_sample",),
    ),
    LayerKind(
        key="squeeze_excitation",
        title="Squeeze-and-excitation",
        family="vision",
        group="Convolution",
        aliases=("se", "channel attention", "senet"),
        help=Help(
            what="Weighs each channel by a number from 0 to 1 that a small network makes of the means of all channels.",
            formula="y[c] = x[c] · σ(W₂ max(0, W₁ mean x))[c]",
            shapes="B × C × H × W → the same",
            when="At the end of a residual branch: better at hardly any cost.",
            source="Hu, Shen, Sun, 2017, arXiv:1709.01507",
        ),
        stem="excite",
        parameters=(
            IntParam(
                name="reduction",
                title="Reduction",
                default=16,
                high=1024,
                help="How many times fewer numbers than channels the small network has in between",
            ),
        ),
        sees=sight.whole,
        infer=_excite,
        emit=_emit_excite,
        calls=("nn.Linear", "torch.sigmoid", "torch.relu", ".flatten", ".mean", ".reshape", ".dim"),
        traits=("keeps_size",),
        weights=_excite_weights,
        multiply_adds=_excite_cost,
    ),
)
