"""Every module imports on its own; the engine needs no Qt, the designer no torch, both held against what really loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
TORCH_FREE: Final = ("errors", "graph", "layers", "project", "sources", "check", "codegen", "recipes", "runs")
SCRIPT: Final = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
forbidden = sys.argv[1].split(",")
loaded = [name for name in forbidden if name in sys.modules]
sys.exit(f"loaded: {loaded}" if loaded else 0)
"""


def _modules(*parts: str) -> list[str]:
    base = ROOT.joinpath(*parts)
    files = sorted(base.rglob("*.py")) if base.is_dir() else [base.with_suffix(".py")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def _load(forbidden: str, modules: list[str]) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, forbidden, *modules],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    return done.stderr if done.returncode else done.stdout


@pytest.mark.parametrize("rank", TORCH_FREE)
def test_a_rank_below_the_runtime_loads_neither_torch_nor_qt(rank: str) -> None:
    assert _load("torch,PySide6,sklearn,networkx", _modules("engine", rank)) == ""


def test_the_whole_engine_loads_without_qt_and_prints_nothing() -> None:
    assert _load("PySide6,pyqtgraph", _modules("engine")) == ""


def test_the_designer_loads_without_torch_and_without_a_display() -> None:
    assert _load("torch,sklearn,onnx,pandas", _modules("designer")) == ""


def test_the_service_client_loads_neither_torch_nor_qt() -> None:
    names = ["engine.service.client", "engine.service.messages", "engine.service.attach"]

    assert _load("torch,PySide6", names) == ""


@pytest.mark.parametrize("package", ["engine", "designer"])
def test_each_module_imports_on_its_own(package: str) -> None:
    names = _modules(package)
    script = (
        "import importlib, sys\n"
        "kept = set(sys.modules)\n"
        "heavy = ('torch', 'numpy', 'PySide6', 'shiboken6', 'onnx', 'sklearn', 'scipy', 'pyqtgraph', 'torchmetrics')\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [m for m in sys.modules if m.split('.')[0] in ('engine', 'designer')]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True, cwd=ROOT)

    assert done.stderr == ""
