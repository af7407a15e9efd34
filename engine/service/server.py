"""The far end: one engine process, interactive, exporting or training, speaking frames on a private copy of standard output.

Started as `python -P -m engine.service.server`. Descriptor 1 is pointed at standard error before anything heavy is
imported, so that a stray print can never break a frame. It must not know Qt.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from typing import BinaryIO

import msgspec

from engine import __version__
from engine.errors import EngineError
from engine.service import frames
from engine.service.messages import PROTOCOL, Answer, Hello, Refused, Request
from engine.service.outbox import Outbox

_log = logging.getLogger(__name__)


def main() -> int:
    """Serve whoever holds the other end until they leave.

    Returns:
        0, or 1 when the line carried nonsense.
    """
    requests, answers = _private_pipes()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    outbox = Outbox()
    writer = threading.Thread(target=_write, args=(outbox, answers), name="writer", daemon=True)
    writer.start()
    try:
        status = _serve(requests, outbox)
    finally:
        outbox.close()
        writer.join(1.0)
    return status


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    return requests, answers


def _write(outbox: Outbox, pipe: BinaryIO) -> None:
    broken = False

    def write(answer: Answer) -> None:
        nonlocal broken
        if broken:
            return
        try:
            frame = memoryview(frames.encode(answer))
            while frame:
                frame = frame[pipe.write(frame) :]
        except OSError:
            broken = True
            _log.info("nobody listens any more")
        except EngineError as error:
            _log.warning("a message was left out: %s", error)

    outbox.pump(write)


def _serve(requests: BinaryIO, outbox: Outbox) -> int:
    decoder = msgspec.msgpack.Decoder(Request)
    try:
        _greet(requests, decoder)
        # Here, not at the top: torch takes seconds, and by now descriptor 1 is safe from what it prints.
        from engine.service.worker import Worker

        worker = Worker(outbox)
        outbox.put(worker.welcome())
        while (request := frames.read(requests, decoder)) is not None:
            if not worker.take(request):
                break
    except EngineError as error:
        _log.error("%s", error)  # one line for the log's reader; the frame tells nothing more
        outbox.put(Refused(id=0, what=error.what, remedy=error.remedy))
        return 1
    with contextlib.suppress(KeyboardInterrupt):
        worker.leave()
    return 0


def _greet(requests: BinaryIO, decoder: msgspec.msgpack.Decoder[Request]) -> None:
    hello = frames.read(requests, decoder)
    if not isinstance(hello, Hello):
        raise EngineError("the first message was no greeting")
    if hello.protocol != PROTOCOL:
        raise EngineError(
            f"the window speaks protocol {hello.protocol} (version {hello.version}), the engine {PROTOCOL} ({__version__})",
            remedy="Install the same version of Netwright on both sides",
        )


if __name__ == "__main__":
    sys.exit(main())
