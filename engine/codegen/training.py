"""A training graph as source: models, noise, one loss function per objective, evaluation; it must not know data files.

The loop that runs it is fixed text elsewhere. Tensors of a batch are keyed `NODE.PORT`, those drawn by noise too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.check.context import nodes_of_role
from engine.check.report import Report
from engine.check.training import objectives_in_order
from engine.codegen.names import assigned, port_names
from engine.codegen.networks import import_block
from engine.codegen.source import Source, Writer
from engine.codegen.steps import Plan, batch_specs, entry, joined, plan_of
from engine.codegen.verify import verify
from engine.graph.address import key_of
from engine.graph.ids import NodeId
from engine.graph.specs import shape_text
from engine.graph.types import Graph, Model, Node, Project, Value
from engine.layers.catalogue import CATALOGUE, kind_of
from engine.layers.emission import Expr, Variant, call, literal, name
from engine.layers.kind import Code, Emit, LayerKind, Role
from engine.layers.params import Values
from engine.layers.values import values_of

_FROM_DATA = (Role.SOURCE, Role.TRANSFORM, Role.NOISE)
_TENSORS = "dict[str, torch.Tensor]"


def emit_training(project: Project, report: Report, training: str, package: str, variant: Variant = "model") -> Source:
    """Write what one training step computes.

    Args:
        project: recipes written out.
        report: what the check says of it.
        training: name of the training graph.
        package: where the loop is: `engine.train`, or empty for the folder of a stand-alone project.
        variant: `probe` finds models by the node that uses them, so that who watches knows which use it sees.

    Raises:
        BuildError: the graph, or a network it trains, has an error.
    """
    plan = plan_of(project, report, training, variant)
    body = Writer()
    _write_models(body, plan)
    _write_draw(body, plan)
    held: set[NodeId] = set()
    for objective in objectives_in_order(plan.graph):
        _write_objective(body, plan, plan.graph.nodes[objective], held)
    _write_evaluate(body, plan)
    _write_tables(body, plan)
    classes = sorted({plan.constructors[model.network].title for model in plan.graph.models.values()})
    lines = {"import torch", "from torch import nn", *plan.imports}
    lines |= {f"from {package}.loop import Objective" if package else "from loop import Objective"}
    if followers(plan.graph):
        lines |= {f"from {package}.followers import Follower" if package else "from followers import Follower"}
    lines |= {f"from model import {', '.join(classes)}"} if classes else set()
    head = Writer()
    head.line(f'"""Training graph {training}: what one step computes; written by Netwright."""')
    head.line()
    for line in import_block(lines):
        head.statement(line, level=0)
    return verify(joined(head, body))


def _write_models(writer: Writer, plan: Plan) -> None:
    writer.line()
    writer.line()
    writer.line("def build_models() -> dict[str, nn.Module]:")
    writer.docstring("Build the models, in the order that decides their first weights.", level=1)
    entries = (
        f"{literal(model).text}: {plan.constructors[declared.network].text}"
        for model, declared in plan.graph.models.items()
    )
    writer.statement(f"return {{{', '.join(entries)}}}", level=1)


def _write_draw(writer: Writer, plan: Plan) -> None:
    writer.line()
    writer.line()
    writer.line(f"def draw(batch: {_TENSORS}) -> {_TENSORS}:")
    writer.docstring("Draw the noise of one step.", level=1)
    entries = []
    for node in nodes_of_role(plan.graph, Role.NOISE):
        code = _code(plan, node, {})
        entries.append(f'"{node.id}.y": {code.forward.text}')
    address = _address(plan, nodes_of_role(plan.graph, Role.NOISE)[0].id) if entries else ""
    writer.statement(f"return {{{', '.join(entries)}}}", level=1, address=address)


def _address(plan: Plan, node: NodeId) -> str:
    return f"{plan.title}.{node}"


def _write_objective(writer: Writer, plan: Plan, objective: Node, held: set[NodeId]) -> None:
    writer.line()
    writer.line()
    arguments = f"models: dict[str, nn.Module], batch: {_TENSORS}, held: {_TENSORS}"
    writer.statement(f"def {objective.id}({arguments}) -> torch.Tensor:", level=0)
    writer.docstring(f"Give what objective {objective.id} minimises.", level=1)
    kind = kind_of(objective.kind)
    assert kind is not None, objective.kind
    values = values_of(kind, objective, plan.project.variables)
    holds = {node.id for node in nodes_of_role(plan.graph, Role.HOLD)}
    # Fresh inner steps start without held values; those of one batch write them in the first of them only.
    ready = set() if values.integer("steps") > 1 and values.flag("fresh") else set(held)
    guarded = holds - ready if values.integer("steps") > 1 else set()
    body = _Body(writer, plan, ready=ready, guarded=guarded)
    body.write((objective.id,))
    held |= holds & body.names.keys()
    source, port = plan.wiring.feeds[objective.id]["loss"]
    writer.statement(f"return {body.names[source][port].text}", level=1, address=_address(plan, objective.id))


class _Body:
    """Writes the nodes of one function.

    Args:
        writer: where to.
        plan: the training graph.
        ready: holds whose value earlier objectives have left.
        guarded: holds whose value may be there or not.
        evaluation: whether nothing is held.

    Attributes:
        names: expressions of the outputs of every node that has been written.
    """

    def __init__(
        self, writer: Writer, plan: Plan, *, ready: set[NodeId], guarded: set[NodeId], evaluation: bool = False
    ) -> None:
        self._writer = writer
        self._plan = plan
        self._ready = ready
        self._guarded = guarded
        self._evaluation = evaluation
        self.names: dict[NodeId, Mapping[str, Expr]] = {}

    def write(self, ends: tuple[NodeId, ...]) -> None:
        """Write every node that `ends` depend on, in order, but not `ends` themselves."""
        needed = self._upstream(ends, self._ready | self._guarded)
        for node in self._plan.report.order:
            if node in needed and node not in ends:
                self._write_node(node, needed, level=1)

    def _write_node(self, name_: NodeId, needed: set[NodeId], *, level: int) -> None:
        node = self._plan.graph.nodes[name_]
        kind = kind_of(node.kind)
        assert kind is not None, node.kind
        outputs = self._plan.report.nodes[name_].outputs
        if kind.role in _FROM_DATA:
            self.names[name_] = {port: entry("batch", f"{name_}.{port}") for port in outputs}
            return
        self.names[name_] = port_names(name_, outputs, self._plan.graph.nodes)
        if kind.role is Role.HOLD and not self._evaluation:
            self._write_hold(name_, needed)
            return
        feeds = self._plan.wiring.feeds[name_]
        entered = {port: self.names[source][output] for port, (source, output) in feeds.items()}
        text = f"{assigned(self.names[name_])} = {_forward(self._plan, node, kind, entered).text}"
        comment = "bypassed" if node.bypassed else ", ".join(shape_text(spec) for spec in outputs.values())
        self._writer.statement(text, level=level, comment=comment, address=_address(self._plan, name_))

    def _write_hold(self, hold: NodeId, needed: set[NodeId]) -> None:
        address = _address(self._plan, hold)
        guard = hold in self._guarded
        if guard:
            self._writer.statement(f'if "{hold}" not in held:', level=1, address=address)
            private = self._upstream((hold,), (self._ready | self._guarded) - {hold}) - needed
            for node in self._plan.report.order:
                if node in private:
                    self._write_node(node, needed | private, level=2)
        if hold not in self._ready:
            source, output = self._plan.wiring.feeds[hold]["x"]
            text = f'held["{hold}"] = {self.names[source][output].text}.detach()'
            self._writer.statement(text, level=2 if guard else 1, address=address)
        self._writer.statement(f'{hold} = held["{hold}"]', level=1, address=address)

    def _upstream(self, ends: tuple[NodeId, ...], stops: set[NodeId]) -> set[NodeId]:
        needed = set(ends)
        todo = list(ends)
        while todo:
            node = todo.pop()
            if node in stops:
                continue
            for source, _ in self._plan.wiring.feeds[node].values():
                if source not in needed:
                    needed.add(source)
                    todo.append(source)
        return needed


def _forward(plan: Plan, node: Node, kind: LayerKind, entered: Mapping[str, Expr]) -> Expr:
    if node.bypassed:
        return next(iter(entered.values()))
    if kind.role is Role.MODEL:
        model = entry("models", node.id if plan.variant == "probe" else str(node.parameters["model"]))
        return call(model, *(entered[port] for port in plan.report.nodes[node.id].inputs))
    return _code(plan, node, entered).forward


def _code(plan: Plan, node: Node, entered: Mapping[str, Expr]) -> Code:
    kind = kind_of(node.kind)
    assert kind is not None, node.kind
    found = plan.report.nodes[node.id]
    values: Values = values_of(kind, node, plan.project.variables)

    def emitted(module: Expr) -> Code:
        return kind.emit(
            Emit(
                values=values,
                specs=found.inputs,
                outputs=found.outputs,
                names=entered,
                self=module,
                symbols=plan.symbols,
                like=next((entry("batch", key) for key in batch_specs(plan.graph, plan.report)), None),
                owned=False,
            )
        )

    code = emitted(name(f"self.{node.id}"))
    plan.imports.update(code.imports)
    # A loss function owns no modules: one without weights is built where it is called.
    return code if code.module is None else emitted(code.module)


def _write_evaluate(writer: Writer, plan: Plan) -> None:
    writer.line()
    writer.line()
    arguments = f"models: dict[str, nn.Module], batch: {_TENSORS}"
    writer.line(f"def evaluate({arguments}) -> dict[str, object]:")
    writer.docstring("Give the loss of every objective, and what every metric compares.", level=1)
    objectives = objectives_in_order(plan.graph)
    metrics = [node.id for node in nodes_of_role(plan.graph, Role.METRIC)]
    body = _Body(writer, plan, ready=set(), guarded=set(), evaluation=True)
    body.write((*objectives, *metrics))
    names = body.names
    entries = []
    for node in (*objectives, *metrics):
        given = [names[source][port].text for source, port in _in_port_order(plan, node)]
        entries.append(f'"{node}": {given[0] if node in objectives else "(" + ", ".join(given) + ")"}')
    writer.statement(f"return {{{', '.join(entries)}}}", level=1)


def _in_port_order(plan: Plan, node: NodeId) -> list[tuple[NodeId, str]]:
    feeds = plan.wiring.feeds[node]
    return [feeds[port] for port in plan.report.nodes[node].inputs]


def _write_tables(writer: Writer, plan: Plan) -> None:
    writer.line()
    writer.line()
    writer.line("OBJECTIVES = (")
    for objective in objectives_in_order(plan.graph):
        text = f"{_objective(plan, plan.graph.nodes[objective]).text},"
        writer.statement(text, level=1, address=_address(plan, objective))
    writer.line(")")
    metrics = nodes_of_role(plan.graph, Role.METRIC)
    entries = ", ".join(f"{literal(node.id).text}: {_metric(plan, node).text}" for node in metrics)
    writer.statement(f"METRICS = {{{entries}}}", level=0)
    writer.statement(f"CHOSEN_BY = {literal(_chosen_by(metrics)).text}", level=0)
    if followers(plan.graph):
        rows = ", ".join(f"{_follower(model, declared).text}" for model, declared in followers(plan.graph).items())
        writer.statement(f"FOLLOWERS = ({rows},)", level=0)


def _metric(plan: Plan, node: Node) -> Expr:
    """Write the kind of a metric, and which of its parameters are not what they are by default."""
    kind = CATALOGUE[node.kind]
    values = values_of(kind, node, plan.project.variables)
    given = {key: values.raw(key) for key, default in kind.defaults.items() if values.raw(key) != default}
    options = ", ".join(f"{literal(key).text}: {literal(value).text}" for key, value in given.items())
    return Expr(f"({literal(kind.key).text}, {{{options}}})")


def _chosen_by(metrics: Iterable[Node]) -> str:
    """Name the metric by which weights are chosen: the first that rises; none where all fall, as the loss does."""
    measures = ((node, CATALOGUE[node.kind].measure) for node in metrics)
    return next((node.id for node, measure in measures if measure and measure.rises), "")


def _follower(model: str, declared: Model) -> Expr:
    options: dict[str, dict[str, Value]] = {"ema": {"decay": declared.decay}, "periodic": {"every": declared.every}}
    return call("Follower", model=model, follows=declared.follows, rule=declared.rule, **options.get(declared.rule, {}))


def followers(graph: Graph) -> Mapping[str, Model]:
    """Give the models that follow others, in their order."""
    return {name: model for name, model in graph.models.items() if model.follows}


def _objective(plan: Plan, node: Node) -> Expr:
    kind = kind_of(node.kind)
    assert kind is not None, node.kind
    values = values_of(kind, node, plan.project.variables)
    optimizer = values.text("optimizer")
    options = ", ".join(f"{literal(key).text}: {text}" for key, text in _options(optimizer, values).items())
    return call(
        "Objective",
        id=node.id,
        loss=name(node.id),
        updates=tuple(key_of(pattern) for pattern in values.texts("updates")),
        optimizer=optimizer,
        options=Expr(f"{{{options}}}"),
        steps=values.integer("steps"),
        fresh=values.flag("fresh"),
    )


def _options(optimizer: str, values: Values) -> dict[str, str]:
    names = {"lr": values.real("lr"), "weight_decay": values.real("weight_decay")}
    options = {key: literal(value).text for key, value in names.items()}
    if optimizer == "sgd":
        options["momentum"] = literal(values.real("momentum")).text
        if values.flag("nesterov"):
            options["nesterov"] = "True"
    elif (values.real("beta1"), values.real("beta2")) != (0.9, 0.999):
        options["betas"] = literal((values.real("beta1"), values.real("beta2"))).text
    return options
