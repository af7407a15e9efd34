"""Write the templates into `resources/templates`: `python -m tests.templates`."""

from __future__ import annotations

from pathlib import Path

from engine.project.format import encode
from tests.templates.shelf import TEMPLATES

if __name__ == "__main__":
    folder = Path(__file__).parents[2] / "resources" / "templates"
    for name, draw in TEMPLATES.items():
        (folder / f"{name}.netwright").write_text(encode(draw()), encoding="utf-8")
