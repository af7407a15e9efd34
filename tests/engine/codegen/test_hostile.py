"""Hostile text in every field reaches no interpreter: the emitted tree keeps its shape."""

from __future__ import annotations

import ast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.check.checker import check
from engine.codegen.data import emit_data
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source, docstring_lines
from engine.codegen.standalone import standalone
from engine.codegen.training import emit_training
from engine.codegen.verify import verify
from engine.errors import BuildError
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Graph, Node, Project, Recipe
from engine.recipes.expand import expand
from tests.graphs import chain, digits, node

NASTY = (
    '\\"',
    '"""',
    "'''",
    '"; import os; os.system("x") #',
    "\\",
    '\\"""',
    "\n\nimport os\n",
    "\r",
    "\x00",
    "\u2028evil",
    "{x}",
    "@IMPORTS@",
    "__import__('os')",
    "\u202e",
    'a"',
    '"',
)
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=40)) | st.builds(
    "".join, st.lists(st.sampled_from(NASTY), max_size=4)
)


def project_with(text: str) -> Project:
    """A project with one text in every field that takes free text."""
    net = chain(
        Node(id=NodeId("x"), kind="input", title=text, notes=text, parameters={"shape": ("B", 4)}),
        Node(id=NodeId("head"), kind="linear", title=text, notes=text, parameters={"out_features": 1}),
        Node(id=NodeId("out"), kind="output", title=text),
    )
    snapshot = Snapshot(
        content=text,
        outputs={
            "features": TensorSpec(shape=("B", 4), columns=(text, text)),
            "target": TensorSpec(shape=("B", 1), columns=(text,)),
        },
    )
    source = Node(
        id=NodeId("data"),
        kind="csv",
        title=text,
        notes=text,
        parameters={"path": text, "targets": (text,), "leave_out": (text, text)},
        snapshot=snapshot,
    )
    recipe = Recipe(
        name="regression", networks=("net",), sources=(source,), options={"standardise": text, "metrics": (text,)}
    )
    graph = msgspec.structs.replace(net, notes=text)
    return Project(notes=text, networks={"net": graph}, training={"fitting": Graph(recipe=recipe, notes=text)})


def shape_of(text: str) -> str:
    """The tree of a source with every string made alike."""
    tree = ast.parse(text)
    for found in ast.walk(tree):
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            found.value = ""
    return ast.dump(tree)


def sources_of(text: str) -> dict[str, str]:
    """Everything that is written for a project with one text in every field."""
    project = expand(project_with(text))
    report = check(project)
    return {
        "model": emit_networks(project, report, ["net"]).text,
        "probe": emit_networks(project, report, ["net"], "probe").text,
        "training": emit_training(project, report, "fitting", "engine.train").text,
        "data": emit_data(project, report, "fitting", "engine.feed").text,
        "train": standalone(project, report, folder=text)["train.py"],
    }


PLAIN = {name: shape_of(text) for name, text in sources_of("plain").items()}


@settings(max_examples=60, deadline=None)
@given(texts)
def test_any_text_leaves_the_emitted_trees_as_they_are(text: str) -> None:
    assert {name: shape_of(source) for name, source in sources_of(text).items()} == PLAIN


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_leaves_the_emitted_trees_as_they_are(text: str) -> None:
    assert {name: shape_of(source) for name, source in sources_of(text).items()} == PLAIN


@settings(deadline=None)
@given(texts, st.integers(20, 110))
def test_any_text_makes_a_docstring_and_nothing_else(text: str, room: int) -> None:
    lines = docstring_lines(text, room)
    body = lines[0] if len(lines) == 1 else "\n".join((*lines, ""))
    tree = ast.parse(f'"""{body}"""')

    assert len(tree.body) == 1
    assert isinstance(tree.body[0], ast.Expr)
    assert isinstance(tree.body[0].value, ast.Constant)


@pytest.mark.parametrize("name", ["class", "a b", "x;y", "é", "forward", "A", "x" * 61, "a\n"])
def test_an_id_that_is_none_never_reaches_source(name: str) -> None:
    graph = chain(node("x", "input", shape=("B", 8)), node(name, "relu"), node("out", "output"))
    project = Project(networks={"net": graph})

    with pytest.raises(BuildError):
        emit_networks(project, check(project), ["net"])


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "from os import path\n",
        "x = open('a')\n",
        "x = __builtins__\n",
        "def f(x):\n    return x.__class__\n",
        "x = eval\n",
        "import torch\nlambda: torch\n",
        "import torch\nwhile torch:\n    pass\n",
        "@property\ndef f(x):\n    return x\n",
        "def f(:\n",
        "x = [y := 1]\n",
        "class A:\n    async def f(self):\n        await self\n",
        "x = 1\ndel x\n",
        "def f():\n    global x\n    x = 1\n",
        "try:\n    x = 1\nexcept ValueError:\n    x = 2\n",
    ],
)
def test_source_that_no_kind_produces_is_refused(text: str) -> None:
    with pytest.raises(BuildError):
        verify(Source(text))


@pytest.mark.parametrize(
    "line",
    [
        "torch.os.system('x')",
        "torch.load('x')",
        "torch.hub.load('a', 'b')",
        "torch.serialization.pickle.loads(x)",
        "torch.Tensor.__subclasses__()",
        "torch.utils",
        "torch",
        "nn",
        "nn.functional.softmax(x)",
        "nn.Module.load_state_dict(x)",
        "nn.modules.sys.modules",
        "F.torch.load('x')",
        "F.warnings.sys",
        "table.os.system('x')",
        "table",
        "split.np.load('x')",
        "Data.__init__",
        "Standardise.__globals__",
        "x.data",
        "x.numpy().tofile('x')",
        "x.share_memory_()",
        "x[0].register_hook(x)",
        "x.__class__",
        "x.__init__",
        "super().__class__",
        "super().__init__.__globals__",
        "'{0.__class__}'.format(x)",
        "float.fromhex('0')",
        "self.other",
        "self.mine.load",
        "x.mine",
        "(torch if x else x).load('x')",
        "[torch][0].load('x')",
        "getattr(torch, 'load')",
    ],
)
def test_a_chain_that_no_kind_names_is_refused(line: str) -> None:
    head = (
        "import torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom sources import table, split\n"
        "from dataset import Data\nfrom transforms import Standardise\n"
    )
    body = "class A(nn.Module):\n    def f(self, x):\n        self.mine = nn.ReLU()\n        y = self.mine(x)\n"

    assert verify(Source(f"{head}{body}"))
    with pytest.raises(BuildError, match="which no kind produces"):
        verify(Source(f"{head}{body}        z = {line}\n"))


@pytest.mark.parametrize(
    "line",
    [
        "import numpy",
        "import torch.hub",
        "import torch as nn",
        "import os as torch",
        "from torch import os",
        "from torch import load",
        "from torch import nn as x",
        "from torch.nn import functional",
        "from sources import os",
        "from engine.sources import describe",
        "from engine.runtime import build",
        "from model import os",
        "from . import model",
        "torch = 1",
        "def f(torch):\n    return torch",
        "nn.ReLU = 1",
    ],
)
def test_an_import_or_a_meaning_that_is_not_ours_is_refused(line: str) -> None:
    with pytest.raises(BuildError, match="which no kind produces"):
        verify(Source(f"import torch\nfrom torch import nn\n{line}\n"))


def test_a_project_without_mischief_is_verified() -> None:
    project = expand(digits())

    assert verify(emit_training(project, check(project), "classification", "engine.train"))
