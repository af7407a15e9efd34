"""Signals as frequencies: magnitudes of a Fourier transform, mel spectrograms. No torch in here; the formulas are torch's."""

from __future__ import annotations

from typing import Final

from engine.graph.dims import Dim, floordiv, plus, product, times
from engine.graph.specs import TensorSpec
from engine.layers import sight, sliding
from engine.layers.axes import axis_parameter, count
from engine.layers.emission import Expr, call, method, module
from engine.layers.kind import Code, Emit, Fault, Help, Hint, LayerKind, Specs, Weight
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, Values
from engine.layers.rules import axis_of, need_float, need_rank, no_axis, window_size

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch"
_MEL: Final = '''
class _MelSpectrogram(nn.Module):
    """How loud a signal is over time, in bands as wide as the ear hears them: B x T -> B x bands x frames."""

    def __init__(
        self,
        sample_rate: int,
        n_fft: int = 400,
        hop_length: int = 160,
        n_mels: int = 80,
        f_min: float = 0.0,
        f_max: float = 8000.0,
        power: int = 2,
        log: bool = True,
    ) -> None:
        super().__init__()
        self.n_fft, self.hop_length, self.power, self.log = n_fft, hop_length, power, log
        self.window = nn.Buffer(torch.hann_window(n_fft))
        low, high = 2595.0 * torch.log10(1.0 + torch.tensor([f_min, f_max]) / 700.0)
        mels = low + (high - low) * torch.linspace(0.0, 1.0, n_mels + 2)
        corners = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
        widths = corners.diff().clamp(min=1e-6)
        distances = torch.linspace(0.0, sample_rate / 2, n_fft // 2 + 1) - corners[:, None]
        rise, fall = distances[:-2] / widths[:-1, None], -distances[2:] / widths[1:, None]
        self.bands = nn.Buffer(torch.minimum(rise, fall).clamp(min=0.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = torch.stft(
            x, self.n_fft, self.hop_length, window=self.window, pad_mode="constant", return_complex=True
        )
        mel = self.bands @ frames.abs() ** self.power
        return torch.log(mel.clamp(min=1e-5)) if self.log else mel
'''
_RATE: Final = "sample_rate"


def _magnitude(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dim = inputs["x"], values.integer("dim")
    if fault := need_float(spec, "FFT magnitude"):
        return fault
    axis = axis_of(dim, spec.rank)
    if axis is None:
        return no_axis(dim, spec)
    return spec.reshaped((*spec.shape[:axis], plus(floordiv(spec.shape[axis], 2), 1), *spec.shape[axis + 1 :]))


def _emit_magnitude(use: Emit) -> Code:
    norm = use.values.text("norm")
    options = {} if norm == "backward" else {"norm": norm}
    spectrum = call("torch.fft.rfft", use.names["x"], dim=use.values.integer("dim"), **options)
    return Code(forward=method(spectrum, "abs"))


def _bins(values: Values) -> int:
    return values.integer("n_fft") // 2 + 1


def _mel(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_rank(spec, 2, "Mel spectrogram", "a signal (B × T)"):
        return fault
    low, high, most = values.real("f_min"), values.real("f_max"), values.integer(_RATE) / 2
    if not low < high <= most:
        return Fault(
            message="The bands lie between 0 and half the sample rate, the lowest below the highest",
            expected=f"above {low:g} Hz, at most {most:g} Hz",
            found=f"{high:g} Hz",
            code="parameter",
            hints=(Hint(title=f"Highest at {most:g} Hz", set_parameter="f_max", to=most),) if most > low else (),
        )
    n_fft, hop = values.integer("n_fft"), values.integer("hop_length")
    frames = window_size(spec.shape[1], n_fft, hop, n_fft // 2)
    return spec.reshaped((spec.shape[0], values.integer("n_mels"), frames))


def _mel_constructor(values: Values) -> Expr:
    options = {
        "n_fft": (values.raw("n_fft"), 400),
        "hop_length": (values.raw("hop_length"), 160),
        "n_mels": (values.raw("n_mels"), 80),
        "f_min": (values.real("f_min"), 0.0),
        "f_max": (values.real("f_max"), 8000.0),
        "power": (values.raw("power"), 2),
        "log": (values.raw("log"), True),
    }
    return module("_MelSpectrogram", values.integer(_RATE), options=options)


def _mel_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    window = Weight("window", (values.integer("n_fft"),), buffer=True)
    return (window, Weight("bands", (values.integer("n_mels"), _bins(values)), buffer=True))


def _mel_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    return times(product(outputs["y"].shape), _bins(values))


def _hertz(name: str, title: str, default: float, low: float, text: str) -> FloatParam:
    return FloatParam(name=name, title=title, default=default, low=low, high=1e6, unit="Hz", help=text)


KINDS = (
    LayerKind(
        key="fft_magnitude",
        title="FFT magnitude",
        family="sequence",
        group="Signal",
        aliases=("fourier", "spectrum", "rfft", "frequency"),
        stem="fft",
        help=Help(
            what="How strong each frequency is along an axis: the size of the Fourier transform of real numbers.",
            formula="y[k] = |Σₙ x[n] e^(−2πikn/N)|, k = 0 … N/2",
            shapes="B × T → B × (T/2 + 1)",
            when="For periodic signals, and losses that compare spectra.",
            source=f"{_DOCS}.fft.rfft.html",
        ),
        parameters=(
            axis_parameter(default=-1, text="Axis of time"),
            ChoiceParam(
                name="norm",
                title="Scale",
                default="backward",
                choices=("backward", "ortho", "forward"),
                help="backward as it is, ortho divided by √N, forward divided by N",
            ),
        ),
        sees=sight.of_axis,
        infer=_magnitude,
        emit=_emit_magnitude,
        calls=("torch.fft", "torch.fft.rfft", ".abs"),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="mel_spectrogram",
        title="Mel spectrogram",
        family="sequence",
        group="Signal",
        aliases=("audio", "mel", "stft", "speech"),
        stem="mel",
        help=Help(
            what="How loud a sound is over time, in bands as wide as the ear hears them.",
            formula="y = log(bands · |STFT(x)|²)",
            shapes="B × T → B × bands × (T / hop + 1)",
            when="As the first layer of networks for speech and music: after it, a sound is an image.",
            source="Stevens, Volkmann, Newman, 1937; https://docs.pytorch.org/docs/stable/generated/torch.stft.html",
        ),
        parameters=(
            IntParam(name=_RATE, title="Sample rate", default=16000, unit="Hz", help="Of the sound that comes in"),
            count("n_fft", "Window", 400, "How many samples one frame looks at", low=2),
            count("hop_length", "Hop", 160, "How many samples lie from one frame to the next"),
            count("n_mels", "Bands", 80, "How many bands there are", high=1024),
            _hertz("f_min", "Lowest", 0.0, 0.0, "Where the lowest band begins"),
            _hertz("f_max", "Highest", 8000.0, 1.0, "Where the highest band ends"),
            IntParam(name="power", title="Power", default=2, low=1, high=2, help="1 for amplitude, 2 for energy"),
            BoolParam(name="log", title="Logarithm", default=True, help="Whether the logarithm is taken, as ears do"),
        ),
        sees=sliding.frames,
        infer=_mel,
        emit=lambda use: Code(
            forward=call(use.self, use.names["x"]), module=_mel_constructor(use.values), helpers=(_MEL,)
        ),
        weights=_mel_weights,
        multiply_adds=_mel_cost,
        calls=(
            *("nn.Buffer", "torch.hann_window", "torch.log10", "torch.tensor", "torch.linspace", "torch.minimum"),
            *("torch.stft", "torch.log", ".diff", ".clamp", ".abs"),
        ),
    ),
)
