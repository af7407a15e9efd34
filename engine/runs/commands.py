"""What a run can be told while it trains; each is recorded with the step it took effect at. No torch, no processes."""

from __future__ import annotations

import msgspec


class Pause(msgspec.Struct, frozen=True, tag=True):
    """Wait after the current step."""


class Resume(msgspec.Struct, frozen=True, tag=True):
    """Go on after a pause."""


class StepOnce(msgspec.Struct, frozen=True, tag=True):
    """Pause if running, else take one step and pause again."""


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Finish after the current step: evaluate, write, end."""


class Watch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say which nodes are looked at; the empty list stops the probe. Never changes the curve, so never recorded."""

    addresses: tuple[str, ...] = ()
    """`NETWORK.node` in the drawn network; seen in every model of it, instances too, and in every use of those."""
    sample: int = 0
    """Number of the sample within the validation part that flows through the network."""
    interval_ms: int = 100


class SetLearningRate(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Turn the learning rate of an objective; recorded and replayed on resume."""

    objective: str
    lr: float


Command = Pause | Resume | StepOnce | Stop | Watch | SetLearningRate


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A command with the step after which it took effect."""

    step: int
    command: Command
