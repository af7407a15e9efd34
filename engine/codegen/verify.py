"""Emitted source read back: it parses, and holds nothing but what declared kinds produce; it must not know graphs.

Text of a document can enter source as ids and literals only. Should anything ever slip past that, it stops here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.codegen.allowed import BUILTINS, allowed
from engine.codegen.source import Source
from engine.errors import BuildError

_NODES: Final[tuple[type[ast.AST], ...]] = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg,
    ast.Assign, ast.AnnAssign, ast.Return, ast.For, ast.If, ast.Expr, ast.Call, ast.keyword, ast.Name, ast.Attribute,
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.DictComp, ast.ListComp, ast.comprehension, ast.JoinedStr,
    ast.FormattedValue, ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp,
    ast.Load, ast.Store, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip


def verify(source: Source) -> Source:
    """Give source back if it is what kinds produce.

    Raises:
        BuildError: it cannot be read, or holds something else.
    """
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BuildError(f"the emitted source cannot be read: {error}") from error
    nodes = tuple(ast.walk(tree))
    names = _names_of(nodes)
    for node in nodes:
        fault = _fault(node, names)
        if fault:
            raise BuildError(f"the emitted source holds {fault}, which no kind produces", where=f"line {_line(node)}")
    return source


@dataclass(frozen=True, slots=True)
class _Names:
    """Where the names of a source come from.

    Attributes:
        made: made by the source itself.
        imported: by name, the module it is from; empty where it is a module.
        owned: attributes that modules of the source are given.
        inner: by `id`, what a longer dotted name starts with.
        tied: by `id`, the parts of ties.
    """

    made: frozenset[str]
    imported: Mapping[str, str]
    owned: frozenset[str]
    inner: frozenset[int]
    tied: frozenset[int]


def _names_of(nodes: Sequence[ast.AST]) -> _Names:
    imported: dict[str, str] = {}
    made: set[str] = set()
    owned: set[str] = set()
    inner: set[int] = set()
    tied: set[int] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Attribute() as target], value=ast.Attribute() as value) if _is_tie(
                target, value
            ):
                tied |= {id(part) for side in (target, value) for part in ast.walk(side)}
            case ast.Name(id=word, ctx=ast.Store()) | ast.arg(arg=word):
                made.add(word)
            case ast.ClassDef(name=word) | ast.FunctionDef(name=word):
                made.add(word)
            case ast.Import(names=aliases):
                imported |= {alias.asname or alias.name: "" for alias in aliases}
            case ast.ImportFrom(names=aliases, module=module):
                imported |= {alias.asname or alias.name: module or "" for alias in aliases}
            case ast.Attribute(value=ast.Name(id="self"), attr=word, ctx=ast.Store()):
                owned.add(word)
            case ast.Attribute(value=value):
                inner.add(id(value))
    return _Names(frozenset(made), imported, frozenset(owned), frozenset(inner), frozenset(tied))


def _is_tie(target: ast.Attribute, value: ast.Attribute) -> bool:
    """Whether an assignment joins two parameters of modules: `self.head.weight = self.embed.weight`."""
    sides = [_dotted(side) for side in (target, value)]
    words = [part.attr for side in (target, value) for part in ast.walk(side) if isinstance(part, ast.Attribute)]
    deep = not isinstance(target.value, ast.Name) and not isinstance(value.value, ast.Name)
    return deep and all(root == "self" for root, _ in sides) and not any(word.startswith("_") for word in words)


def _fault(node: ast.AST, names: _Names) -> str:
    match node:
        case ast.Name(id=word, ctx=ast.Load()):
            return _fault_of_use(node, word, names)
        case ast.Name(id=word) | ast.arg(arg=word) | ast.ClassDef(name=word) | ast.FunctionDef(name=word):
            if word in names.imported:
                return f"a second meaning of {word!r}"
        case ast.Attribute():
            return _fault_of_attribute(node, names)
        case ast.Import() | ast.ImportFrom():
            return _fault_of_import(node)
    return _fault_of_form(node)


def _fault_of_form(node: ast.AST) -> str:
    match node:
        case ast.ClassDef(decorator_list=[_, *_]) | ast.FunctionDef(decorator_list=[_, *_]):
            return "a decorator"
        case ast.Expr(value=ast.Call() | ast.Constant()):
            return ""
        case ast.Expr():
            return "a statement without effect"
    return "" if isinstance(node, _NODES) else f"a {type(node).__name__}"


def _fault_of_import(node: ast.Import | ast.ImportFrom) -> str:
    for alias in node.names:
        if isinstance(node, ast.Import):
            fine = allowed().allows_module(alias.name, alias.asname or alias.name)
        else:
            fine = not node.level and not alias.asname and allowed().allows_import(node.module or "", alias.name)
        if not fine:
            return f"an import of {alias.name!r}"
    return ""


def _fault_of_use(node: ast.Name, word: str, names: _Names) -> str:
    if word in names.imported:
        fine = id(node) in names.inner or allowed().allows(word, names.imported[word])
        return "" if fine else f"{word!r} by itself"
    return "" if word in names.made or word in BUILTINS else f"the name {word!r}"


def _fault_of_attribute(node: ast.Attribute, names: _Names) -> str:
    root, chain = _dotted(node)
    if chain and root in names.imported:
        fine = isinstance(node.ctx, ast.Load) and (
            id(node) in names.inner or allowed().allows(chain, names.imported[root])
        )
        return "" if fine else f"the use of {chain!r}"
    if id(node) in names.tied:
        return ""
    match node:
        case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
            return ""
        case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))):
            return ""
        case ast.Attribute(attr=word, ctx=ast.Load()):
            if f".{word}" in allowed().chains or (root == "self" and word in names.owned):
                return ""
    return f"the attribute {node.attr!r}"


def _dotted(node: ast.Attribute) -> tuple[str, str]:
    """Give the name that an attribute is reached from, and the dotted name if it is one; empty where there is none."""
    words: list[str] = [node.attr]
    plain = True
    value = node.value
    while isinstance(value, ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Attribute):
            words.append(value.attr)
        else:
            plain = False
        value = value.value
    if not isinstance(value, ast.Name):
        return "", ""
    return value.id, ".".join((value.id, *reversed(words))) if plain else ""


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))
