"""What designer and engine say to each other: typed values, encoded as length-limited MessagePack frames. No torch, no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from engine.codegen.source import Source
from engine.graph.specs import Snapshot
from engine.graph.types import Node, Project
from engine.runs.commands import Command
from engine.runs.events import Event, Picture
from engine.runs.plan import Plan

PROTOCOL: Final = 1
MAX_FRAME_BYTES: Final = 64 * 2**20


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First word of the client."""

    protocol: int = PROTOCOL
    version: str


class Preview(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let one sample flow through a network with its initial weights, or those of a run."""

    id: int
    project: Project
    project_folder: str = ""
    training: str
    network: str
    sample: int = 0
    run: str = ""
    """Run folder whose weights are used; empty for the initial weights of the seed."""


class Inspect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Look at a source."""

    id: int
    source: Node
    """Its expressions worked out."""
    project_folder: str = ""


class Emit(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Write one file of source: big networks take longer than a frame of the window."""

    id: int
    project: Project
    file: str
    training: str = ""


class StartRun(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Train in this process; only the first message after the handshake, one run a process."""

    id: int
    plan: Plan
    folder: str
    resume: bool = False
    on_disconnect: Literal["detach", "stop"] = "detach"


class Instruct(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give the run of this process a command."""

    command: Command


class Export(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Export and compare, in a process of its own."""

    id: int
    project: Project
    project_folder: str = ""
    run: str = ""
    """Run folder the weights come from; empty for untrained ones."""
    target: str
    """Path; its ending names the format."""
    raw_input: bool = False
    model: str = ""
    """Id of the model; may be left out where there is only one."""


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Drop a request that is not answered yet."""

    id: int


class Goodbye(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """End the process; a run does what `on_disconnect` says."""


Request = Hello | Preview | Inspect | Emit | StartRun | Instruct | Export | Cancel | Goodbye


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """First word of the engine: what it is and can do."""

    protocol: int = PROTOCOL
    version: str
    torch: str
    devices: tuple[str, ...]
    """Names to choose from, best first: `cuda:0`, `mps`, `cpu`."""
    device_titles: Mapping[str, str] = {}
    threads: int = 1
    pid: int = 0


class Previewed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `Preview`: pictures up to the first problem."""

    id: int
    pictures: tuple[Picture, ...]
    samples: int = 0
    """How many samples there are to choose from."""
    target: str = ""
    """What the data says about this sample, e.g. its class."""
    prediction: str = ""
    trained: bool = False
    made_up: bool = False
    """Whether no data reaches an input, so that random numbers stand in for it."""


class Inspected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `Inspect`."""

    id: int
    snapshot: Snapshot


class Emitted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `Emit`."""

    id: int
    source: Source


class RunSaid(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An event of this process's run."""

    event: Event


class Exported(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `Export`: only after the comparison was passed."""

    id: int
    file: str
    format: str
    opset: int
    samples: int
    weights: Literal["best", "last", "untrained"]
    max_abs_difference: Mapping[str, float]
    note: str = ""
    """What people should know of the samples."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A request could not be done."""

    id: int
    what: str
    where: str = ""
    remedy: str = ""


Answer = Welcome | Previewed | Inspected | Emitted | RunSaid | Exported | Refused
