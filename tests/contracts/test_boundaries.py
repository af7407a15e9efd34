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
NOT_IN_THE_DESIGNER: Final = "torch,sklearn,scipy,onnx,onnxruntime,onnxscript,torchmetrics,pandas"
LOAD_ALL: Final = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
loaded = [name for name in sys.argv[1].split(",") if name in sys.modules]
sys.exit(f"loaded: {loaded}" if loaded else 0)
"""
LOAD_EACH: Final = """
import importlib, sys, threading
for name in sys.argv[1:]:
    for loaded in [module for module in sys.modules if module.split(".")[0] in ("engine", "designer")]:
        del sys.modules[loaded]
    importlib.import_module(name)
if threading.active_count() > 1:
    sys.exit(f"threads: {threading.enumerate()}")
if "PySide6.QtCore" in sys.modules and sys.modules["PySide6.QtCore"].QCoreApplication.instance() is not None:
    sys.exit("an import made an application object")
"""
OPEN_WINDOW: Final = """
import sys, time
from PySide6.QtWidgets import QApplication
from designer.__main__ import main

def turn_until_built():
    end = time.monotonic() + 30
    while "designer.app.panels" not in sys.modules and time.monotonic() < end:
        QApplication.processEvents()
    for _ in range(20):
        QApplication.processEvents()
    return 0

QApplication.exec = staticmethod(turn_until_built)
status = main([])
loaded = [name for name in sys.argv[1].split(",") if name in sys.modules]
built = "designer.app.panels" in sys.modules
sys.exit(0 if status == 0 and built and not loaded else f"status {status}, panels built: {built}, loaded: {loaded}")
"""


def _modules(*parts: str) -> list[str]:
    base = ROOT.joinpath(*parts)
    files = sorted(base.rglob("*.py")) if base.is_dir() else [base.with_suffix(".py")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def _parts(package: str) -> list[str]:
    """Give the modules and packages right below a package, as paths."""
    found = (path for path in (ROOT / package).iterdir() if path.name not in ("__main__.py", "__pycache__"))
    return sorted(f"{package}/{path.name}" for path in found if path.is_dir() or path.suffix == ".py")


def _run_silently(script: str, *arguments: str, **variables: str) -> None:
    """Run a script in a new interpreter without a display; fail with everything it wrote, if anything."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        capture_output=True,
        text=True,
        env={**environment, **variables},
        cwd=ROOT,
    )
    if done.returncode or done.stdout or done.stderr:
        pytest.fail(f"exit status {done.returncode}\n{done.stdout}{done.stderr}", pytrace=False)


@pytest.mark.parametrize("rank", TORCH_FREE)
def test_a_rank_below_the_runtime_loads_neither_torch_nor_qt(rank: str) -> None:
    _run_silently(LOAD_ALL, "torch,PySide6,sklearn,networkx", *_modules("engine", rank))


def test_the_whole_engine_loads_without_qt_and_prints_nothing() -> None:
    _run_silently(LOAD_ALL, "PySide6,pyqtgraph", *_modules("engine"))


def test_the_designer_loads_without_torch_and_without_a_display() -> None:
    _run_silently(LOAD_ALL, NOT_IN_THE_DESIGNER, *_modules("designer"))


def test_the_service_client_loads_neither_torch_nor_qt() -> None:
    names = ("engine.service.client", "engine.service.messages", "engine.service.attach")

    _run_silently(LOAD_ALL, "torch,PySide6", *names)


def test_the_command_loads_nothing_heavy() -> None:
    _run_silently(LOAD_ALL, "torch,PySide6,numpy,msgspec", "designer.__main__")


@pytest.mark.parametrize("part", [*_parts("engine"), *_parts("designer")])
def test_each_module_imports_on_its_own_and_starts_nothing(part: str) -> None:
    _run_silently(LOAD_EACH, *_modules(*part.removesuffix(".py").split("/")))


def test_the_open_window_with_all_panels_has_loaded_no_torch(tmp_path: Path) -> None:
    places = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}

    _run_silently(OPEN_WINDOW, NOT_IN_THE_DESIGNER, QT_QPA_PLATFORM="offscreen", **places)
