"""How estimates of the engine read: what training takes of memory, part by part; it must not know widgets."""

from __future__ import annotations

from typing import Final

from designer.panels.figures import bytes_text, counted
from engine.check.memory import TrainingMemory

_TITLES: Final = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}


def memory_parts(memory: TrainingMemory) -> str:
    """Write what the memory of training is made of, a line for each part."""
    optimizer = _TITLES.get(memory.optimizer, memory.optimizer)
    parts = (
        (memory.parameters, "parameters"),
        (memory.gradients, "their gradients"),
        (memory.optimizer_state, f"state of {optimizer}"),
        (memory.activations, f"activations of {counted(memory.batch, 'sample')}, kept for the gradients"),
    )
    lines = (f"{bytes_text(size)} {words}" for size, words in parts)
    left = f"Without {counted(memory.unknown, 'node')} whose size is open."
    return "\n".join(
        (*lines, *((left,) if memory.unknown else ()), "An estimate: what single operations borrow comes on top.")
    )
