"""The queue towards a reader that may sleep: it never waits, never grows without bound, and loses nothing needed."""

from __future__ import annotations

import io
import threading

import msgspec
import pytest

from engine.errors import EngineError
from engine.runs.events import Finished, Paused, Probed, Scores, StepsDone
from engine.service import frames
from engine.service.messages import MAX_FRAME_BYTES, Answer, Hello, Refused, Request, RunSaid
from engine.service.outbox import Outbox


def _steps(first: int, count: int, *names: str) -> RunSaid:
    losses = {name: tuple(float(first + index) for index in range(count)) for name in names or ("fit",)}
    return RunSaid(event=StepsDone(first=first, losses=losses, epoch=0, seconds=0.1 * first))


def _probed(step: int) -> RunSaid:
    return RunSaid(event=Probed(step=step, epoch=0, pictures=()))


def _losses(answers: list[Answer]) -> list[tuple[float, ...]]:
    events = [answer.event for answer in answers if isinstance(answer, RunSaid)]
    return [event.losses["fit"] for event in events if isinstance(event, StepsDone)]


def _drained(outbox: Outbox) -> list[Answer]:
    written: list[Answer] = []
    outbox.close()
    outbox.pump(written.append)
    return written


def test_messages_leave_in_their_order() -> None:
    outbox = Outbox()
    for number in range(5):
        outbox.put(Refused(id=number, what="no"))

    assert [getattr(answer, "id", None) for answer in _drained(outbox)] == [0, 1, 2, 3, 4]


def test_steps_that_wait_are_merged_without_losing_a_loss() -> None:
    outbox = Outbox()
    for first in range(1, 1001, 10):
        outbox.put(_steps(first, 10))
    (merged,) = _drained(outbox)

    assert isinstance(merged, RunSaid)
    assert isinstance(merged.event, StepsDone)
    assert merged.event.first == 1
    assert merged.event.losses["fit"] == tuple(float(number) for number in range(1, 1001))
    assert merged.event.seconds == pytest.approx(99.1)


def test_steps_are_not_merged_across_what_was_said_between() -> None:
    outbox = Outbox()
    for message in (_steps(1, 2), RunSaid(event=Paused(step=2)), _steps(3, 2)):
        outbox.put(message)

    assert [type(answer.event).__name__ for answer in _drained(outbox) if isinstance(answer, RunSaid)] == [
        "StepsDone",
        "Paused",
        "StepsDone",
    ]


def test_the_newest_pictures_replace_those_nobody_has_seen() -> None:
    outbox = Outbox()
    for step in range(100):
        outbox.put(_probed(step))
        outbox.put(_steps(step + 1, 1))
    answers = _drained(outbox)
    steps = [
        answer.event.step for answer in answers if isinstance(answer, RunSaid) and isinstance(answer.event, Probed)
    ]

    assert steps == [99]


def test_what_waits_is_bounded_and_the_end_is_kept() -> None:
    outbox = Outbox()
    for step in range(10_000):
        outbox.put(RunSaid(event=Paused(step=step)))
    end = RunSaid(event=Finished(reason="done", step=1, epoch=1, test=Scores(), seconds=1.0))
    outbox.put(end)
    answers = _drained(outbox)

    assert len(answers) <= 4096
    assert answers[-1] == end


def test_a_long_sleep_keeps_the_losses_of_one_message_bounded() -> None:
    outbox = Outbox()
    for first in range(1, 400_001, 20_000):
        outbox.put(_steps(first, 20_000))
    sizes = [len(losses) for losses in _losses(_drained(outbox))]

    assert max(sizes) <= 50_000
    assert sum(sizes) == 400_000


def test_merging_ten_thousand_steps_one_by_one_stays_quick() -> None:
    """Each step of a sleeping reader must cost the training thread next to nothing, however many wait."""
    outbox = Outbox()
    for first in range(1, 10_001):
        outbox.put(_steps(first, 1))
    losses = [loss for losses in _losses(_drained(outbox)) for loss in losses]

    assert losses == [float(number) for number in range(1, 10_001)]


def test_putting_never_waits_for_a_writer_that_is_stuck() -> None:
    outbox = Outbox()
    stuck, go_on = threading.Event(), threading.Event()
    written: list[Answer] = []

    def write(answer: Answer) -> None:
        stuck.set()
        go_on.wait(30)
        written.append(answer)

    writer = threading.Thread(target=outbox.pump, args=(write,))
    writer.start()
    outbox.put(_steps(1, 1))
    assert stuck.wait(10)
    for first in range(2, 1000):
        outbox.put(_steps(first, 1))
    go_on.set()
    outbox.close()
    writer.join(10)

    assert sum(len(losses) for losses in _losses(written)) == 999
    assert len(written) == 2


def test_nothing_is_taken_after_the_end() -> None:
    outbox = Outbox()
    outbox.close()
    outbox.put(_steps(1, 1))

    assert _drained(outbox) == []


def test_a_frame_comes_back_as_it_was() -> None:
    stream = io.BytesIO(frames.encode(Hello(version="1")) + frames.encode(Hello(version="2")))
    decoder = msgspec.msgpack.Decoder(Request)

    assert frames.read(stream, decoder) == Hello(version="1")
    assert frames.read(stream, decoder) == Hello(version="2")
    assert frames.read(stream, decoder) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (frames.encode(Hello(version="1"))[:-2], "broke off"),
        (b"\x00\x00", "broke off"),
        (b"\x00\x00\x00\x03abc", "no message"),
        (b"\xff\xff\xff\xff", "longer than"),
        (b"\x00\x00\x00\x00", "no message"),
    ],
)
def test_a_broken_frame_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        frames.read(io.BytesIO(content), msgspec.msgpack.Decoder(Request))


def test_a_message_longer_than_a_frame_may_be_is_refused_before_it_is_sent() -> None:
    with pytest.raises(EngineError, match="longer than the 64 allowed"):
        frames.encode(Refused(id=1, what="x" * (MAX_FRAME_BYTES + 1)))
