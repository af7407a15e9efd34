"""What a run says while it trains: small tagged values, appended to its record and streamed to whoever watches.

Numbers that are not finite travel as NaN here and as null in JSON meant for people. No torch, no processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Values by objective and by metric node id."""

    objectives: Mapping[str, float] = {}
    metrics: Mapping[str, float] = {}
    samples: int = 0
    """How many samples they were computed on."""


class Started(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Training begins or goes on."""

    step: int
    epoch: int
    total_steps: int
    steps_per_epoch: int
    device: str
    threads: int
    training_samples: int
    precision: str = "float32"
    metrics: Mapping[str, str] = {}
    """Kind of each metric, by its id."""


class StepsDone(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A stretch of steps is behind us; the losses of each, by objective."""

    first: int
    """Number of the first of them, from 1."""
    losses: Mapping[str, tuple[float, ...]]
    epoch: int
    """Epochs finished so far."""
    seconds: float
    """Training time so far, pauses left out."""
    probe_share: float = 0.0
    """Part of that time spent on watching."""


class EpochDone(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An epoch is over: the mean training loss of its steps, metrics on a sample of the training part, and validation."""

    epoch: int
    step: int
    train: Scores
    validation: Scores
    best: bool
    """Whether these are the best weights so far, on validation."""
    seconds: float


class Paused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The run waits after this step."""

    step: int


class Resumed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The run goes on after a pause."""

    step: int


class CheckpointWritten(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Weights and state are safe on disk."""

    step: int
    which: Literal["last", "best"]


class Warned(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something the user should know; the run goes on."""

    message: str
    address: str = ""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The run stopped because of a failure; what was trained until then is kept."""

    step: int
    what: str
    address: str = ""
    """Address of a node in its model, e.g. `generator.conv1`, elsewhere in the project, or a file."""
    remedy: str = ""
    log: str = ""
    """Traceback for the log, never shown as the message."""


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The run is over."""

    reason: Literal["done", "stopped"]
    step: int
    epoch: int
    test: Scores
    """The best weights on the test part."""
    seconds: float
    best_epoch: int = 0


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What one node computes for one sample, small enough to draw at once.

    `maps`: `data` holds count x height x width bytes, 0..255 over low..high. `histogram` and `bars`: float32 little-endian
    values. `weight` and `gradient` picture a parameter; the gradient is that of the losses over the whole batch looked at.
    """

    address: str
    """Node in the drawn network, e.g. `digits_cnn.conv1`."""
    model: str = ""
    """Id of the model it stands in; empty for a network that nobody trains."""
    use: str = ""
    """Id of the model's node in the training graph; empty where one node uses it, and for what all uses share: weights."""
    form: Literal["maps", "histogram", "bars"]
    what: Literal["activation", "weight", "gradient", "input"] = "activation"
    shape: tuple[int, ...]
    """(count, height, width) of maps; (bins,) of a histogram; (classes,) of bars."""
    data: bytes
    low: float
    high: float
    labels: tuple[str, ...] = ()
    zeros: float = 0.0
    """Part of the values that are exactly 0."""
    note: str = ""
    """e.g. `16 of 64 channels`; every partial view says so."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a network takes part in training, as pictures name it."""

    network: str
    """As drawn."""
    model: str
    use: str = ""
    """Empty where the model is used once."""


class Probed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Pictures of the nodes looked at, from one snapshot at one step boundary. Newest replaces older."""

    step: int
    epoch: int
    pictures: tuple[Picture, ...]
    gradient_norms: Mapping[str, float] = {}
    """By address within the model, e.g. `generator.conv1`: L2 norm of the gradient over a node's own parameters."""
    update_ratios: Mapping[str, float] = {}
    """Likewise: how far the weights moved per step since the probe before, over their size; empty at the first."""
    milliseconds: float = 0.0
    """What this probe cost."""
    uses: tuple[Use, ...] = ()
    """All there is to see, watched or not: models as declared, the uses of each as drawn."""


Event = Started | StepsDone | EpochDone | Paused | Resumed | CheckpointWritten | Warned | Failed | Finished | Probed
"""Everything a run can say. All but `Probed` are in the record."""
