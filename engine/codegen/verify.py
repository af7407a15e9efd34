"""Emitted source read back: it parses, and holds nothing but what declared kinds produce; it must not know graphs.

Text of a document can enter source as ids and literals only. Should anything ever slip past that, it stops here.
"""

from __future__ import annotations

import ast
from typing import Final

from engine.codegen.source import Source
from engine.errors import BuildError

_NODES: Final[tuple[type[ast.AST], ...]] = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg,
    ast.Assign, ast.AnnAssign, ast.Return, ast.For, ast.If, ast.Expr, ast.Call, ast.keyword, ast.Name, ast.Attribute,
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.DictComp, ast.ListComp, ast.comprehension, ast.JoinedStr,
    ast.FormattedValue, ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp,
    ast.Load, ast.Store, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip
_MODULES: Final = frozenset({"torch", "numpy", "math", "engine", "loop", "model", "sources", "transforms", "training"})
_BUILTINS: Final = frozenset({"super", "range", "enumerate", "float", "int", "dict", "str", "tuple", "object", "len"})
"""Names that emitted source uses without making them."""
_METHODS: Final = frozenset({"__init__"})


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
    made = {word for node in nodes if (word := _made(node))}
    for node in nodes:
        fault = _fault(node, made)
        if fault:
            raise BuildError(f"the emitted source holds {fault}, which no kind produces", where=f"line {_line(node)}")
    return source


def _made(node: ast.AST) -> str:
    """Give the name that a node of the tree makes; empty when it makes none."""
    match node:
        case ast.Name(id=word, ctx=ast.Store()) | ast.arg(arg=word):
            return word
        case ast.ClassDef(name=word) | ast.FunctionDef(name=word):
            return word
        case ast.alias(name=word, asname=other):
            return (other or word).split(".")[0]
    return ""


def _fault(node: ast.AST, made: set[str]) -> str:
    match node:
        case ast.Name(id=word) if word not in made and word not in _BUILTINS:
            return f"the name {word!r}"
        case ast.Attribute(attr=word) if word.startswith("_") and word not in _METHODS:
            return f"the attribute {word!r}"
        case ast.Import(names=names) if any(alias.name.split(".")[0] not in _MODULES for alias in names):
            return "an import"
        case ast.ImportFrom(module=module, level=level) if level or (module or "").split(".")[0] not in _MODULES:
            return "an import"
        case ast.ClassDef(decorator_list=[_, *_]) | ast.FunctionDef(decorator_list=[_, *_]):
            return "a decorator"
        case ast.Expr(value=ast.Call() | ast.Constant()):
            return ""
        case ast.Expr():
            return "a statement without effect"
    return "" if isinstance(node, _NODES) else f"a {type(node).__name__}"


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))
