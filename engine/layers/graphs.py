"""Graphs: layers that send numbers along edges. No torch in here.

Nodes are rows (… × N × F); edges are two rows of node numbers, from and to, as PyTorch Geometric has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.graph.dims import Dim, product, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import graphs_code
from engine.layers.emission import call, module
from engine.layers.kind import (
    Code,
    CostRule,
    Emit,
    EmitRule,
    Fault,
    Help,
    Hint,
    InferRule,
    LayerKind,
    Port,
    Specs,
    Weight,
    WeightRule,
)
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, Param, Values
from engine.layers.rules import FUNCTIONAL, need_float

_X: Final = Port("x", help="… × N × F, a row for each node")
_EDGES: Final = Port("edges", "Edges", help="2 × E whole numbers: from which node, and to which")
_WEIGHT: Final = Port("weight", "Weights", optional=True, help="One number for each edge; 1 when nothing comes in")
_SHAPES: Final = "… × N × F, 2 × E → … × N × out"
_OUT: Final = IntParam(name="out_features", title="Out features", default=64, high=2**24, help="Numbers of each node")
_BIAS: Final = BoolParam(
    name="bias", title="Bias", default=True, help="Whether learned numbers are added", advanced=True
)
_LOOPS: Final = BoolParam(
    name="self_loops", title="Self loops", default=True, help="Whether every node is a neighbour of itself"
)


def reduce_parameter(default: str) -> ChoiceParam:
    """Declare the parameter that says how many become one."""
    return ChoiceParam(
        name="reduce",
        title="Put together by",
        default=default,
        choices=("mean", "sum", "max"),
        help="What becomes of all that arrives; 0 where nothing does",
    )


def _need_nodes(spec: TensorSpec, title: str) -> Fault | None:
    if fault := need_float(spec, title, embed=True):
        return fault
    if spec.rank in (2, 3) and isinstance(spec.shape[-1], int):
        return None
    layout = "nodes (N × features, or B × N × features for one graph with several sets of numbers)"
    return Fault(message=f"{title} needs {layout}", expected=layout, found=shape_text(spec))


def need_numbers(spec: TensorSpec, title: str, port: str) -> Fault | None:
    """Find fault with what does not hold numbers of nodes or graphs."""
    if spec.dtype == "int64":
        return None
    cast = Hint(title="Insert cast to int64", insert="cast", parameters={"dtype": "int64"}, port=port)
    return Fault(
        message=f"{title} needs whole numbers (int64) that say which, not {spec.dtype}",
        expected="int64",
        found=f"{spec.dtype} {shape_text(spec)}",
        port=port,
        code="dtype",
        hints=(cast,),
    )


def _graph_fault(inputs: Specs, title: str) -> Fault | None:
    x, edges = inputs["x"], inputs["edges"]
    if fault := _need_nodes(x, title) or need_numbers(edges, title, "edges"):
        return fault
    if edges.rank != 2 or edges.shape[0] != 2:
        turned = Hint(title="Insert transpose", insert="transpose", parameters={"dim0": 0, "dim1": 1}, port="edges")
        return Fault(
            message=f"{title} needs edges as two rows: from which node, and to which",
            expected="2 × E",
            found=shape_text(edges),
            port="edges",
            hints=(turned,) if edges.rank == 2 and edges.shape[1] == 2 else (),
        )
    weight = inputs.get("weight")
    if weight is None or (
        weight.rank == 1 and same(weight.shape[0], edges.shape[1]) is True and weight.dtype == x.dtype
    ):
        return None
    return Fault(
        message=f"{title} needs one weight for each edge",
        expected=f"{edges.shape[1]} {x.dtype}",
        found=f"{shape_text(weight)} {weight.dtype}",
        port="weight",
    )


def _out(values: Values) -> int:
    """Give the numbers that each node has in the end."""
    beside = values.integer("heads") if "heads" in values.names and values.flag("concat") else 1
    return values.integer("out_features") * beside


def _rule(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        x = inputs["x"]
        return _graph_fault(inputs, title) or x.reshaped((*x.shape[:-1], _out(values)))

    return infer


def _features(inputs: Specs) -> int:
    size = inputs["x"].shape[-1]
    return size if isinstance(size, int) else 0


def _emit(name: str, sources: tuple[str, ...], parameters: tuple[Param, ...], *, functional: bool) -> EmitRule:
    """Write a module of ours, made with the parameters that differ from their defaults."""

    def emit(use: Emit) -> Code:
        values = use.values
        options = {param.name: (values.raw(param.name), param.default) for param in parameters}
        others = {port: use.names[port] for port in ("weight",) if port in use.names}
        return Code(
            forward=call(use.self, use.names["x"], use.names["edges"], **others),
            module=module(name, _features(use.specs), values.integer("out_features"), options=options),
            imports=(FUNCTIONAL,) if functional else (),
            helpers=sources,
        )

    return emit


def _convolution_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    out = values.integer("out_features")
    bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
    return (*bias, Weight("lin.weight", (out, _features(inputs))))


def _attention_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    heads, out = values.integer("heads"), values.integer("out_features")
    bias = (Weight("bias", (_out(values),)),) if values.flag("bias") else ()
    rows = tuple(Weight(name, (heads, out)) for name in ("att_source", "att_target"))
    return (*rows, *bias, Weight("lin.weight", (heads * out, _features(inputs))))


def _attention_v2_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    heads, out = values.integer("heads"), values.integer("out_features")
    bias = (Weight("bias", (_out(values),)),) if values.flag("bias") else ()
    maps = (*_map("lin_source", heads * out, values, inputs), *_map("lin_target", heads * out, values, inputs))
    return (Weight("att", (heads, out)), *bias, *maps)


def _map(name: str, rows: int, values: Values, inputs: Specs, columns: int = 0) -> tuple[Weight, ...]:
    """Name the weights of a linear map, of what comes in unless columns are given."""
    bias = (Weight(f"{name}.bias", (rows,)),) if values.flag("bias") else ()
    return (Weight(f"{name}.weight", (rows, columns or _features(inputs))), *bias)


def _sage_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    out = values.integer("out_features")
    return (*_map("lin_neighbours", out, values, inputs), Weight("lin_self.weight", (out, _features(inputs))))


def _two_maps(factor: int) -> WeightRule:
    def weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
        out, size = values.integer("out_features"), factor * _features(inputs)
        learned = "train_eps" in values.names and values.flag("train_eps")
        eps = (Weight("eps", ()),) if learned else ()
        return (*eps, *_map("linear1", out, values, inputs, size), *_map("linear2", out, values, inputs, out))

    return weights


def _cost(weights: WeightRule, places: Callable[[Specs], tuple[Dim, ...]]) -> CostRule:
    """Count one multiply-add for each number of each map at every place."""

    def cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
        maps = [weight.shape for weight in weights(values, inputs) if weight.name.endswith(".weight")]
        return times(product(places(inputs)), sum(rows * columns for rows, columns in maps))

    return cost


def _at_nodes(inputs: Specs) -> tuple[Dim, ...]:
    return inputs["x"].shape[:-1]


def _at_edges(inputs: Specs) -> tuple[Dim, ...]:
    return (*inputs["x"].shape[:-2], inputs["edges"].shape[1])


def _kind(
    key: str,
    title: str,
    aliases: tuple[str, ...],
    text: tuple[str, str, str, str],
    parameters: tuple[Param, ...],
    made: tuple[str, tuple[str, ...], WeightRule],
    calls: tuple[str, ...],
    *,
    inputs: tuple[Port, ...] = (_X, _EDGES),
    places: Callable[[Specs], tuple[Dim, ...]] = _at_nodes,
    dropout: bool = False,
) -> LayerKind:
    """Declare a layer; `text` says what it does, its formula, when it serves and where it is from."""
    what, formula, when, source = text
    name, sources, weights = made
    return LayerKind(
        key=key,
        title=title,
        family="linear",
        group="Graphs",
        aliases=("gnn", "message passing", *aliases),
        stem="graph",
        help=Help(what=what, formula=formula, shapes=_SHAPES, when=when, source=source),
        parameters=(_OUT, *parameters, _BIAS),
        inputs=inputs,
        infer=_rule(title),
        emit=_emit(name, sources, (*parameters, _BIAS), functional=any(chain.startswith("F.") for chain in calls)),
        weights=weights,
        multiply_adds=_cost(weights, places),
        stochastic=dropout,
        differs_in_training=dropout,
        calls=calls,
    )


_HEADS: Final[tuple[Param, ...]] = (
    IntParam(name="heads", title="Heads", default=1, high=2**10, help="Parts that share out by themselves"),
    BoolParam(
        name="concat", title="Side by side", default=True, help="Whether heads stand side by side; else their mean"
    ),
    FloatParam(
        name="negative_slope",
        title="Negative slope",
        default=0.2,
        low=0.0,
        high=1.0,
        advanced=True,
        help="Slope of scores below 0",
    ),
    FloatParam(
        name="dropout", title="Dropout", default=0.0, low=0.0, high=1.0, help="Part of the shares set to 0 in training"
    ),
    _LOOPS,
)

KINDS = (
    _kind(
        "graph_convolution",
        "Graph convolution",
        ("gcn",),
        (
            "Gives every node a weighted sum of its neighbours, each by the number of neighbours on both sides.",
            "y = D^−½ (A + I) D^−½ x Wᵀ + b",
            "For nodes that are like their neighbours: papers that cite, people who know each other.",
            "Kipf, Welling, 2017, arXiv:1609.02907",
        ),
        (_LOOPS,),
        ("_GraphConvolution", graphs_code.CONVOLUTION, _convolution_weights),
        (*graphs_code.CALLS, "torch.where", "torch.zeros", ".new_full", ".rsqrt", ".square"),
        inputs=(_X, _EDGES, _WEIGHT),
    ),
    _kind(
        "graph_attention",
        "Graph attention",
        ("gat",),
        (
            "Gives every node a mean of its neighbours by shares that follow from both, in several heads.",
            "y_i = Σⱼ softmaxⱼ(leaky(a · W x_i + c · W x_j)) W x_j",
            "Where some neighbours matter more than others.",
            "Veličković et al., 2018, arXiv:1710.10903",
        ),
        _HEADS,
        ("_GraphAttention", graphs_code.ATTENTION, _attention_weights),
        graphs_code.ATTENTION_CALLS,
        dropout=True,
    ),
    _kind(
        "graph_attention_v2",
        "Graph attention v2",
        ("gatv2",),
        (
            "As graph attention, but which neighbour matters most may differ from node to node.",
            "y_i = Σⱼ softmaxⱼ(a · leaky(V x_i + W x_j)) W x_j",
            "Rather than graph attention, for the price of a second map.",
            "Brody, Alon, Yahav, 2022, arXiv:2105.14491",
        ),
        _HEADS,
        ("_GraphAttentionV2", graphs_code.ATTENTION_V2, _attention_v2_weights),
        graphs_code.ATTENTION_CALLS,
        dropout=True,
    ),
    _kind(
        "graph_sage",
        "GraphSAGE",
        ("sage", "sample and aggregate"),
        (
            "Maps every node, and what its neighbours give together, and adds both.",
            "y_i = V x_i + W mean(x_j) + b",
            "For large graphs and for nodes that were not there in training.",
            "Hamilton, Ying, Leskovec, 2017, arXiv:1706.02216",
        ),
        (
            reduce_parameter("mean"),
            BoolParam(name="normalize", title="Length 1", default=False, help="Whether rows are scaled to length 1"),
        ),
        ("_GraphSAGE", graphs_code.SAGE, _sage_weights),
        (*graphs_code.CALLS, "F.normalize"),
    ),
    _kind(
        "graph_isomorphism",
        "Graph isomorphism",
        ("gin",),
        (
            "Adds its neighbours to every node, then two linear layers: tells more graphs apart than means do.",
            "y_i = W₂ relu(W₁ ((1 + ε) x_i + Σⱼ x_j))",
            "For molecules and other graphs whose form matters, before a sum pool.",
            "Xu et al., 2019, arXiv:1810.00826",
        ),
        (
            FloatParam(name="eps", title="Epsilon", default=0.0, low=-1.0, high=1e6, help="More weight for the node"),
            BoolParam(name="train_eps", title="Learned", default=False, help="Whether epsilon is learned from there"),
        ),
        ("_GraphIsomorphism", graphs_code.ISOMORPHISM, _two_maps(1)),
        (*graphs_code.CALLS, "F.relu", "torch.tensor"),
    ),
    _kind(
        "edge_convolution",
        "Edge convolution",
        ("edgeconv", "dgcnn", "point cloud"),
        (
            "Two linear layers on every node and the way to each neighbour; the largest answer of all neighbours counts.",
            "y_i = maxⱼ W₂ relu(W₁ [x_i, x_j − x_i])",
            "For point clouds, with edges between near points.",
            "Wang et al., 2019, arXiv:1801.07829",
        ),
        (reduce_parameter("max"),),
        ("_EdgeConvolution", graphs_code.EDGES, _two_maps(2)),
        (*graphs_code.CALLS, "F.relu", "torch.cat"),
        places=_at_edges,
    ),
)
