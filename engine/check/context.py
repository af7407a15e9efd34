"""What every part of the check is given about the graph it looks at, and how a problem is made; no rules in here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from engine.check.report import Fix, NodeReport, Problem, Severity, Signature
from engine.check.wiring import Wiring
from engine.graph.edits import Batch, Edit, SetParameters, SetRecipe
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Role
from engine.layers.params import Values


@dataclass(slots=True, kw_only=True)
class Context:
    """One graph being checked."""

    project: Project
    ref: GraphRef
    graph: Graph
    wiring: Wiring
    batch: str
    """Symbol of the batch; empty when there is none."""
    signatures: Mapping[str, Signature | None]
    """Of the networks that stand in this graph; None for one that contains itself."""
    roles: Mapping[Role, tuple[Node, ...]]
    """The nodes of each role but layers, in node order."""
    beneath: Mapping[str, Graph] = field(default_factory=dict)
    """Every network in this graph, however deep."""
    reports: dict[NodeId, NodeReport] = field(default_factory=dict)
    """Filled in the order of the wiring."""
    known: dict[object, NodeReport] = field(default_factory=dict)
    """Reports by all that decides them: many nodes of a network are alike."""
    settled: dict[object, tuple[LayerKind, Values]] = field(default_factory=dict)
    """Kind and values by kind and parameters."""

    def of_role(self, role: Role) -> tuple[Node, ...]:
        """Give the nodes of a role other than layers, in node order."""
        return self.roles.get(role, ())

    def role(self, node: NodeId) -> Role | None:
        """Give the role of a node; None for an unknown kind."""
        kind = kind_of(self.graph.nodes[node].kind)
        return kind.role if kind else None

    def problem(
        self,
        node: Node | NodeId | None,
        code: str,
        message: str,
        *,
        port: str | None = None,
        severity: Severity = Severity.ERROR,
        expected: str = "",
        found: str = "",
        fixes: Iterable[Fix] = (),
    ) -> Problem:
        """Make a problem of this graph."""
        return Problem(
            graph=self.ref,
            node=node.id if isinstance(node, Node) else node,
            port=port,
            severity=severity,
            code=code,
            message=message,
            expected=expected,
            found=found,
            fixes=tuple(fix for fix in fixes if all(map(self._can_apply, fix.edits))),
        )

    def _can_apply(self, edit: Edit) -> bool:
        """Whether an edit is allowed: of what a recipe writes, only its sources and options can be changed."""
        recipe = self.graph.recipe
        if recipe is None:
            return True
        if isinstance(edit, Batch):
            return all(map(self._can_apply, edit.edits))
        if isinstance(edit, SetParameters):
            return edit.ref != self.ref or any(source.id == edit.id for source in recipe.sources)
        return isinstance(edit, SetRecipe) or getattr(edit, "ref", None) != self.ref


def nodes_of_role(graph: Graph, role: Role) -> tuple[Node, ...]:
    """Give the nodes of a graph whose kind has a role, in node order."""
    return by_role(graph).get(role, ())


def by_role(graph: Graph) -> Mapping[Role, tuple[Node, ...]]:
    """Sort the nodes of a graph by their kind's role, in node order; layers and unknown kinds are left out."""
    roles: dict[str, Role] = {}
    found: dict[Role, list[Node]] = {}
    for node in graph.nodes.values():
        role = roles.get(node.kind)
        if role is None:
            kind = kind_of(node.kind)
            role = roles[node.kind] = kind.role if kind else Role.LAYER
        if role is not Role.LAYER:
            found.setdefault(role, []).append(node)
    return {role: tuple(nodes) for role, nodes in found.items()}


def name_of(node: Node) -> str:
    """Name a node as people see it."""
    return f"{node.title!r}" if node.title and node.title.isprintable() else str(node.id)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Give `; did you mean X?` for the nearest of some words, or nothing."""
    near = get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]}?" if near else ""
