"""One row for each graph out of the rows of its nodes. No torch in here."""

from __future__ import annotations

from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import graphs_code
from engine.layers.emission import call, literal
from engine.layers.graphs import need_numbers, reduce_parameter
from engine.layers.kind import Code, Emit, Fault, Help, Hint, LayerKind, Port, Specs
from engine.layers.params import ShapeParam, Values
from engine.layers.rules import need_float, size_of


def _pool(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, graph, counts, title = inputs["x"], inputs["graph"], values.shape("graphs"), "Graph pool"
    if fault := need_float(x, title) or need_numbers(graph, title, "graph"):
        return fault
    if x.rank != 2:
        return Fault(message=f"{title} needs nodes (N × F)", expected="N × F", found=shape_text(x))
    if graph.rank != 1 or same(graph.shape[0], x.shape[0]) is not True:
        return Fault(
            message=f"{title} needs the number of its graph for each node",
            expected=str(x.shape[0]),
            found=shape_text(graph),
            port="graph",
        )
    if len(counts) != 1:
        return Fault(
            message="The number of graphs is one size, such as B",
            expected="one size",
            found=" × ".join(map(str, counts)),
            code="parameter",
            hints=(Hint(title="Use B", set_parameter="graphs", to=("B",)),),
        )
    return x.reshaped((counts[0], x.shape[1]))


def _emit_pool(use: Emit) -> Code:
    count = size_of(use.values.shape("graphs")[0], use)
    reduce = use.values.text("reduce")
    return Code(
        forward=call("_gathered", use.names["x"], use.names["graph"], count, literal(reduce)),
        helpers=(graphs_code.GATHERED,),
    )


KINDS = (
    LayerKind(
        key="graph_pool",
        title="Graph pool",
        family="linear",
        group="Graphs",
        aliases=("readout", "global pooling", "gnn", "segment"),
        stem="pool",
        help=Help(
            what="Makes one row of all nodes of each graph: their mean, sum or largest numbers.",
            formula="y[g] = mean of x[i] over all i in graph g",
            shapes="N × F, N → graphs × F",
            when="After the layers of nodes, to say something of whole graphs.",
            source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html",
        ),
        parameters=(
            reduce_parameter("mean"),
            ShapeParam(
                name="graphs",
                title="Graphs",
                default=("B",),
                min_length=1,
                help="How many there are: a number, or the size of another input",
            ),
        ),
        inputs=(Port("x", help="N × F, a row for each node"), Port("graph", help="N whole numbers: of which graph")),
        infer=_pool,
        emit=_emit_pool,
        calls=graphs_code.GATHERED_CALLS,
    ),
)
