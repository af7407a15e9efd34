"""Source of what graph kinds are called through: messages along edges, put together at the nodes. Text only; no torch."""

from __future__ import annotations

from typing import Final

GATHERED: Final = '''
def _gathered(x: torch.Tensor, places: torch.Tensor, count: int, reduce: str = "sum") -> torch.Tensor:
    """Put together the rows that go to one place, 0 where none does: ... x E x F -> ... x count x F."""
    empty = x.new_zeros(x.shape[:-2] + (count, x.shape[-1]))
    if reduce == "max":
        return empty.scatter_reduce(-2, places[:, None].expand_as(x), x, "amax", include_self=False)
    total = empty.index_add(-2, places, x)
    if reduce == "sum":
        return total
    return total / x.new_zeros(count).index_add(0, places, x.new_ones(places.shape[0])).clamp(min=1.0)[:, None]
'''

_SHARES: Final = '''
def _shares(scores: torch.Tensor, places: torch.Tensor, count: int) -> torch.Tensor:
    """Turn scores into shares that add up to 1 at every place: ... x E x heads -> the same."""
    top = scores.new_full(scores.shape[:-2] + (count, scores.shape[-1]), float("-inf"))
    top = top.scatter_reduce(-2, places[:, None].expand_as(scores), scores.detach(), "amax")
    weights = (scores - top.index_select(-2, places)).exp()
    return weights / _gathered(weights, places, count).index_select(-2, places)
'''

_CONVOLUTION: Final = '''
class _GraphConvolution(nn.Module):
    """Gives every node the weighted sum of its neighbours, after one linear map: ... x N x F -> ... x N x out."""

    def __init__(self, in_features: int, out_features: int, self_loops: bool = True, bias: bool = True) -> None:
        super().__init__()
        self.self_loops = self_loops
        self.lin = nn.Linear(in_features, out_features, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: torch.Tensor, edges: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
        nodes, source, target = x.shape[-2], edges[0], edges[1]
        weight = x.new_ones(source.shape[0]) if weight is None else weight
        degree = weight.new_full((nodes,), 1.0 if self.self_loops else 0.0).index_add(0, target, weight)
        rate = torch.where(degree > 0, degree, 1.0).rsqrt() * (degree > 0)
        weight = rate[source] * weight * rate[target]
        x = self.lin(x)
        y = _gathered(x.index_select(-2, source) * weight[:, None], target, nodes)
        if self.self_loops:
            y = y + x * rate.square()[:, None]
        return y if self.bias is None else y + self.bias
'''

_ATTENTION: Final = '''
class _GraphAttention(nn.Module):
    """Gives every node a mean of its neighbours by learned shares, in several heads: ... x N x F -> ... x N x out."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        heads: int = 1,
        concat: bool = True,
        negative_slope: float = 0.2,
        dropout: float = 0.0,
        self_loops: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.heads, self.concat, self.self_loops = heads, concat, self_loops
        self.negative_slope, self.dropout = negative_slope, dropout
        self.att_source = nn.Parameter(torch.randn(heads, out_features) * out_features**-0.5)
        self.att_target = nn.Parameter(torch.randn(heads, out_features) * out_features**-0.5)
        self.bias = nn.Parameter(torch.zeros(heads * out_features if concat else out_features)) if bias else None
        self.lin = nn.Linear(in_features, heads * out_features, bias=False)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        nodes = x.shape[-2]
        if self.self_loops:
            edges = torch.cat([edges, torch.arange(nodes, device=x.device).expand(2, -1)], 1)
        source, target = edges[0], edges[1]
        x = self.lin(x).unflatten(-1, (self.heads, -1))
        given, taken = (x * self.att_source).sum(-1), (x * self.att_target).sum(-1)
        scores = F.leaky_relu(given.index_select(-2, source) + taken.index_select(-2, target), self.negative_slope)
        shares = F.dropout(_shares(scores, target, nodes), self.dropout, self.training)
        y = _gathered((x.index_select(-3, source) * shares[..., None]).flatten(-2), target, nodes)
        y = y if self.concat else y.unflatten(-1, (self.heads, -1)).mean(-2)
        return y if self.bias is None else y + self.bias
'''

_ATTENTION_V2: Final = '''
class _GraphAttentionV2(nn.Module):
    """As graph attention, with shares that depend on both nodes at once: ... x N x F -> ... x N x out."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        heads: int = 1,
        concat: bool = True,
        negative_slope: float = 0.2,
        dropout: float = 0.0,
        self_loops: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.heads, self.concat, self.self_loops = heads, concat, self_loops
        self.negative_slope, self.dropout = negative_slope, dropout
        self.att = nn.Parameter(torch.randn(heads, out_features) * out_features**-0.5)
        self.bias = nn.Parameter(torch.zeros(heads * out_features if concat else out_features)) if bias else None
        self.lin_source = nn.Linear(in_features, heads * out_features, bias=bias)
        self.lin_target = nn.Linear(in_features, heads * out_features, bias=bias)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        nodes = x.shape[-2]
        if self.self_loops:
            edges = torch.cat([edges, torch.arange(nodes, device=x.device).expand(2, -1)], 1)
        source, target = edges[0], edges[1]
        given = self.lin_source(x).unflatten(-1, (self.heads, -1)).index_select(-3, source)
        taken = self.lin_target(x).unflatten(-1, (self.heads, -1)).index_select(-3, target)
        scores = (F.leaky_relu(given + taken, self.negative_slope) * self.att).sum(-1)
        shares = F.dropout(_shares(scores, target, nodes), self.dropout, self.training)
        y = _gathered((given * shares[..., None]).flatten(-2), target, nodes)
        y = y if self.concat else y.unflatten(-1, (self.heads, -1)).mean(-2)
        return y if self.bias is None else y + self.bias
'''

_SAGE: Final = '''
class _GraphSAGE(nn.Module):
    """Maps every node and what its neighbours give together, and adds both: ... x N x F -> ... x N x out."""

    def __init__(
        self, in_features: int, out_features: int, reduce: str = "mean", normalize: bool = False, bias: bool = True
    ) -> None:
        super().__init__()
        self.reduce, self.normalize = reduce, normalize
        self.lin_neighbours = nn.Linear(in_features, out_features, bias=bias)
        self.lin_self = nn.Linear(in_features, out_features, bias=False)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        neighbours = _gathered(x.index_select(-2, edges[0]), edges[1], x.shape[-2], self.reduce)
        y = self.lin_neighbours(neighbours) + self.lin_self(x)
        return F.normalize(y, dim=-1) if self.normalize else y
'''

_ISOMORPHISM: Final = '''
class _GraphIsomorphism(nn.Module):
    """Adds its neighbours to every node, then two linear layers: ... x N x F -> ... x N x out."""

    def __init__(
        self, in_features: int, out_features: int, eps: float = 0.0, train_eps: bool = False, bias: bool = True
    ) -> None:
        super().__init__()
        self.eps = nn.Parameter(torch.tensor(eps)) if train_eps else eps
        self.linear1 = nn.Linear(in_features, out_features, bias=bias)
        self.linear2 = nn.Linear(out_features, out_features, bias=bias)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        neighbours = _gathered(x.index_select(-2, edges[0]), edges[1], x.shape[-2])
        return self.linear2(F.relu(self.linear1((1.0 + self.eps) * x + neighbours)))
'''

_EDGES: Final = '''
class _EdgeConvolution(nn.Module):
    """Two linear layers on every node and the way to each neighbour, put together: ... x N x F -> ... x N x out."""

    def __init__(self, in_features: int, out_features: int, reduce: str = "max", bias: bool = True) -> None:
        super().__init__()
        self.reduce = reduce
        self.linear1 = nn.Linear(2 * in_features, out_features, bias=bias)
        self.linear2 = nn.Linear(out_features, out_features, bias=bias)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        node, neighbour = x.index_select(-2, edges[1]), x.index_select(-2, edges[0])
        messages = self.linear2(F.relu(self.linear1(torch.cat([node, neighbour - node], -1))))
        return _gathered(messages, edges[1], x.shape[-2], self.reduce)
'''

CONVOLUTION: Final = (GATHERED, _CONVOLUTION)
ATTENTION: Final = (GATHERED, _SHARES, _ATTENTION)
ATTENTION_V2: Final = (GATHERED, _SHARES, _ATTENTION_V2)
SAGE: Final = (GATHERED, _SAGE)
ISOMORPHISM: Final = (GATHERED, _ISOMORPHISM)
EDGES: Final = (GATHERED, _EDGES)

GATHERED_CALLS: Final = (
    *(".clamp", ".expand_as", ".index_add", ".new_ones", ".new_zeros", ".scatter_reduce"),
)  # fmt: skip
CALLS: Final = (*GATHERED_CALLS, "nn.Linear", "nn.Parameter", ".index_select")
ATTENTION_CALLS: Final = (
    *(*CALLS, "F.dropout", "F.leaky_relu", "torch.arange", "torch.cat", "torch.randn", "torch.zeros", ".detach"),
    *(".device", ".exp", ".expand", ".flatten", ".mean", ".new_full", ".sum", ".training", ".unflatten"),
)
