"""Source of what recurrent kinds are called through: torch's modules answer with nested tuples and the batch second.

The classes derive from torch's, so that weights keep their names. Text only; no torch in here.
"""

from __future__ import annotations

from typing import Final

_HIDDEN: Final = '''
class _@NAME@(nn.@NAME@):
    """Gives every step, the last answer in every direction, and the state of every layer with the batch first."""

    def forward(self, x: torch.Tensor, h0: torch.Tensor | None = None) -> tuple[torch.Tensor, ...]:
        state = None if h0 is None else h0.transpose(0, 1).contiguous()
@EXPORT@        y, h = super().forward(x, state)
        h = h.transpose(0, 1)
        return y, h[:, -2 if self.bidirectional else -1 :].flatten(1), h
'''

_WITH_CELL: Final = '''
class _@NAME@(nn.LSTM):
    """Gives every step, the last answer in every direction, and the states of every layer with the batch first."""

    def forward(
        self, x: torch.Tensor, h0: torch.Tensor | None = None, c0: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, ...]:
        state = None if h0 is None else (h0.transpose(0, 1).contiguous(), c0.transpose(0, 1).contiguous())
@EXPORT@        y, (h, c) = super().forward(x, state)
        h = h.transpose(0, 1)
        return y, h[:, -2 if self.bidirectional else -1 :].flatten(1), h, c.transpose(0, 1)
'''

_EXPORT: Final = """\
        if torch.onnx.is_in_onnx_export():
            return _in_onnx(self, "@NAME@", @ORDER@, @OPTIONS@, x, @STATE@)
"""

IN_ONNX: Final = '''
def _in_onnx(
    module: nn.RNNBase, operator: str, order: list[int], options: dict, x: torch.Tensor, states: list[torch.Tensor]
) -> tuple[torch.Tensor, ...]:
    """Run every layer as the operator that ONNX has for it, which takes any number of steps."""
    both = 2 if module.bidirectional else 1
    options = {"hidden_size": module.hidden_size, "direction": "bidirectional" if both == 2 else "forward"} | options
    num_states = 2 if operator == "LSTM" else 1
    ends = []
    x = x.transpose(0, 1)
    steps, batch = x.shape[:2]
    for first in range(0, module.num_layers * both, both):
        weights = [
            [tensor.unflatten(0, (-1, module.hidden_size))[order].flatten(0, 1) for tensor in tensors]
            for tensors in module.all_weights[first : first + both]
        ]
        inputs = [x, torch.stack([each[0] for each in weights]), torch.stack([each[1] for each in weights])]
        bias = torch.stack([torch.cat(each[2:]) for each in weights]) if module.bias else None
        found = torch.onnx.ops.symbolic_multi_out(
            operator,
            inputs + [bias, None] + [state[first : first + both] for state in states],
            options,
            dtypes=[x.dtype] * (1 + num_states),
            shapes=[[steps, both, batch, module.hidden_size]] + [[both, batch, module.hidden_size]] * num_states,
        )
        x = found[0].transpose(1, 2).flatten(2)
        ends = ends + [found[1:]]
    y = x.transpose(0, 1)
    h = torch.cat([end[0] for end in ends]).transpose(0, 1)
    last = h[:, -both:].flatten(1)
    return (y, last, h, torch.cat([end[1] for end in ends]).transpose(0, 1)) if num_states == 2 else (y, last, h)
'''

_GATES: Final = {"RNN": [0], "GRU": [1, 0, 2], "LSTM": [0, 3, 1, 2]}
"""torch's gates in the order of ONNX."""
_OPTIONS: Final = {
    "RNN": '{"activations": ["Tanh" if self.nonlinearity == "tanh" else "Relu"] * (2 if self.bidirectional else 1)}',
    "GRU": '{"linear_before_reset": 1}',
    "LSTM": "{}",
}

CALLS: Final = (
    *("torch.onnx", "torch.onnx.is_in_onnx_export", "torch.onnx.ops", "torch.onnx.ops.symbolic_multi_out"),
    *("torch.cat", "torch.stack", "nn.RNNBase"),
    *(".all_weights", ".bias", ".bidirectional", ".contiguous", ".dtype", ".flatten", ".forward", ".hidden_size"),
    *(".nonlinearity", ".num_layers", ".transpose", ".unflatten"),
)
"""What the source names."""


def steps(name: str, *, cell: bool, onnx: bool) -> tuple[str, ...]:
    """Write the class `_NAME`.

    Args:
        name: `RNN`, `GRU` or `LSTM`.
        cell: whether it keeps a cell's state beside the hidden one.
        onnx: whether it is written for an export, where ONNX has an operator for whole sequences.
    """
    export = ""
    if onnx:
        state = "[] if state is None else " + ("[state[0], state[1]]" if cell else "[state]")
        words = {"@NAME@": name, "@ORDER@": str(_GATES[name]), "@OPTIONS@": _OPTIONS[name], "@STATE@": state}
        export = _filled(_EXPORT, words)
    text = _filled(_WITH_CELL if cell else _HIDDEN, {"@NAME@": name, "@EXPORT@": export})
    return (IN_ONNX, text) if onnx else (text,)


def _filled(text: str, words: dict[str, str]) -> str:
    for word, filling in words.items():
        text = text.replace(word, filling)
    return text
