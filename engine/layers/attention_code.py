"""Source of what attention kinds are called through: heads side by side, layers with shortcuts. Text only; no torch in here."""

from __future__ import annotations

from typing import Final

from engine.layers.emission import Variant

ROTARY: Final = '''
def _rotary(x: torch.Tensor, base: float = 10000.0) -> torch.Tensor:
    """Turn every vector by its place, the first half of its numbers against the second: ... x T x E -> the same."""
    half = x.shape[-1] // 2
    rates = base ** (torch.arange(half, device=x.device) / -half)
    angles = torch.arange(x.shape[-2], device=x.device)[:, None] * rates
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    one, other = x[..., :half], x[..., half:]
    return torch.cat([one * cos - other * sin, other * cos + one * sin], -1)
'''

_NARROWED: Final = '''
def _narrowed(mask: torch.Tensor | None, seen: torch.Tensor) -> torch.Tensor:
    """Join a mask, of yes and no or of numbers added to scores, with what may be looked at."""
    if mask is None:
        return seen
    if mask.dtype == torch.bool:
        return mask & seen
    return mask.masked_fill(~seen, float("-inf"))
'''

_ATTENTION: Final = '''
class _MultiHeadAttention(nn.Module):
    """Lets every place of x look at the places of a context, in several heads: B x T x F, B x S x C -> B x T x F."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        kv_heads: int,
        context_dim: int,
        dropout: float = 0.0,
        bias: bool = True,
        is_causal: bool = False,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        width = embed_dim // num_heads
        self.num_heads, self.kv_heads = num_heads, kv_heads
        self.dropout, self.is_causal, self.rotary = dropout, is_causal, rotary
        self.q_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.k_proj = nn.Linear(context_dim, kv_heads * width, bias=bias)
        self.v_proj = nn.Linear(context_dim, kv_heads * width, bias=bias)
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)

    def forward(
        self,
        x: torch.Tensor,
        context: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        padding: torch.Tensor | None = None,
    ) -> torch.Tensor:
        context = x if context is None else context
        query = self.q_proj(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        key = self.k_proj(context).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        value = self.v_proj(context).unflatten(-1, (self.kv_heads, -1)).transpose(1, 2)
        if self.rotary:
            query, key = _rotary(query), _rotary(key)
        if padding is not None:
            mask = _narrowed(mask, ~padding[:, None, None])
        is_causal = self.is_causal
        if mask is not None:
            if is_causal:
                steps = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device)
                mask, is_causal = _narrowed(mask, steps.tril()), False
        y = F.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=is_causal,
            enable_gqa=self.kv_heads < self.num_heads,
        )
@EXPORT@        return self.out_proj(y.transpose(1, 2).flatten(2))
'''

_EXPORT: Final = """\
        if mask is not None:
            if mask.dtype == torch.bool:
                y = y * mask.any(-1, keepdim=True)  # nothing where nothing may be looked at
"""

_FEED_FORWARD: Final = '''
class _FeedForward(nn.Module):
    """Two linear layers at every place, the same for all."""

    def __init__(self, dim: int, hidden: int, activation: str, dropout: float, bias: bool) -> None:
        super().__init__()
        self.activation = activation
        self.linear1 = nn.Linear(dim, 2 * hidden if activation == "swiglu" else hidden, bias=bias)
        self.linear2 = nn.Linear(hidden, dim, bias=bias)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.linear1(x)
        if self.activation == "swiglu":
            gate, x = x.chunk(2, -1)
            x = F.silu(gate) * x
        else:
            x = F.relu(x) if self.activation == "relu" else F.gelu(x)
        return self.linear2(self.drop(x))
'''

_NORM: Final = '''
def _norm(name: str, dim: int, bias: bool) -> nn.Module:
    """Make what keeps the numbers of a place at one size."""
    return nn.RMSNorm(dim, eps=1e-6) if name == "rms" else nn.LayerNorm(dim, bias=bias)
'''

_ENCODER: Final = '''
class _EncoderLayer(nn.Module):
    """Attention within a sequence, then two linear layers, each with a shortcut and a norm: B x T x F -> the same."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        kv_heads: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str = "relu",
        norm: str = "layer",
        norm_first: bool = False,
        bias: bool = True,
        is_causal: bool = False,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.self_attn = _MultiHeadAttention(d_model, nhead, kv_heads, d_model, dropout, bias, is_causal, rotary)
        self.feed_forward = _FeedForward(d_model, dim_feedforward, activation, dropout, bias)
        self.norm1, self.norm2 = _norm(norm, d_model, bias), _norm(norm, d_model, bias)
        self.drop = nn.Dropout(dropout)

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None, padding: torch.Tensor | None = None
    ) -> torch.Tensor:
        if self.norm_first:
            x = x + self.drop(self.self_attn(self.norm1(x), mask=mask, padding=padding))
            return x + self.drop(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.drop(self.self_attn(x, mask=mask, padding=padding)))
        return self.norm2(x + self.drop(self.feed_forward(x)))
'''

_DECODER: Final = '''
class _DecoderLayer(nn.Module):
    """Attention within a sequence, to a context, then two linear layers, each with a shortcut and a norm."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        kv_heads: int,
        context_dim: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str = "relu",
        norm: str = "layer",
        norm_first: bool = False,
        bias: bool = True,
        is_causal: bool = True,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.self_attn = _MultiHeadAttention(d_model, nhead, kv_heads, d_model, dropout, bias, is_causal, rotary)
        self.cross_attn = _MultiHeadAttention(d_model, nhead, kv_heads, context_dim, dropout, bias)
        self.feed_forward = _FeedForward(d_model, dim_feedforward, activation, dropout, bias)
        self.norm1, self.norm2 = _norm(norm, d_model, bias), _norm(norm, d_model, bias)
        self.norm3 = _norm(norm, d_model, bias)
        self.drop = nn.Dropout(dropout)

    def forward(
        self,
        x: torch.Tensor,
        context: torch.Tensor,
        mask: torch.Tensor | None = None,
        padding: torch.Tensor | None = None,
        context_padding: torch.Tensor | None = None,
    ) -> torch.Tensor:
        if self.norm_first:
            x = x + self.drop(self.self_attn(self.norm1(x), mask=mask, padding=padding))
            x = x + self.drop(self.cross_attn(self.norm2(x), context, padding=context_padding))
            return x + self.drop(self.feed_forward(self.norm3(x)))
        x = self.norm1(x + self.drop(self.self_attn(x, mask=mask, padding=padding)))
        x = self.norm2(x + self.drop(self.cross_attn(x, context, padding=context_padding)))
        return self.norm3(x + self.drop(self.feed_forward(x)))
'''

ROTARY_CALLS: Final = ("torch.arange", "torch.cat", ".cos", ".device", ".dtype", ".sin", ".to")
CALLS: Final = (
    *ROTARY_CALLS,
    *("F.scaled_dot_product_attention", "nn.Linear", "torch.bool", "torch.ones"),
    *(".any", ".flatten", ".masked_fill", ".min", ".training", ".transpose", ".tril", ".unflatten"),
)
LAYER_CALLS: Final = (
    *CALLS, "F.gelu", "F.relu", "F.silu", "nn.Dropout", "nn.LayerNorm", "nn.RMSNorm", ".chunk"
)  # fmt: skip
"""What the sources name."""


def heads(variant: Variant) -> tuple[str, ...]:
    """Write what attention in several heads needs; ONNX has no word for a place that may look at nothing."""
    export = _EXPORT if variant == "export" else ""
    return (ROTARY, _NARROWED, _ATTENTION.replace("@EXPORT@", export))


def layer(variant: Variant, *, decoder: bool) -> tuple[str, ...]:
    """Write what a layer of a transformer needs."""
    return (*heads(variant), _FEED_FORWARD, _NORM, _DECODER if decoder else _ENCODER)
