"""A run in a process of its own: told, watched, killed, left alone, and followed by its folder."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from engine.runs.commands import Pause, Resume, Stop, Watch
from engine.runs.events import CheckpointWritten, EpochDone, Event, Failed, Finished, Paused, Probed, Resumed, Started
from engine.runs.folder import process_lives, running
from engine.runs.record import read_end, read_events
from engine.service import frames
from engine.service.attach import RunFollower
from engine.service.client import ENGINE_COMMAND
from engine.service.messages import PROTOCOL, Goodbye, Hello, Instruct, Refused, StartRun
from tests.engine.service.processes import engine, until
from tests.projects import digits_cnn, losses_of, plan, ran


def test_a_run_is_watched_paused_and_finished_with_the_curve_of_this_process(tmp_path: Path) -> None:
    project = digits_cnn(epochs=2)
    with engine() as talk:
        talk.client.send(Instruct(command=Pause()))  # before there is a run: of no consequence
        talk.client.send(StartRun(id=1, plan=plan(project), folder=str(tmp_path / "run")))
        talk.client.send(Instruct(command=Watch(addresses=("net.conv1",), interval_ms=0)))
        talk.client.send(Instruct(command=Pause()))
        talk.event(Paused)
        probed = talk.event(Probed)
        talk.client.send(Instruct(command=Resume()))
        end = talk.event(Finished)
        kinds = {type(event) for event in talk.events}
        losses = losses_of(talk.events)

    assert isinstance(probed, Probed)
    assert {picture.address for picture in probed.pictures} == {"net.conv1"}
    assert {Started, Paused, Resumed, EpochDone, CheckpointWritten} <= kinds
    assert isinstance(end, Finished)
    assert losses == ran(project, tmp_path / "here").losses


def test_a_killed_run_is_said_to_be_and_resumes_from_its_last_weights(tmp_path: Path) -> None:
    project = digits_cnn(epochs=200)
    folder = tmp_path / "run"
    with engine() as talk:
        talk.client.send(StartRun(id=1, plan=plan(project), folder=str(folder)))
        talk.event(EpochDone)
        until(lambda: _kept(talk.events) > 0, "its weights")
        os.kill(talk.client.pid, signal.SIGKILL)
        until(lambda: not talk.client.alive, "the death")
        assert talk.client.exit_words() == "The engine process was killed (signal 9)"

    assert read_end(folder) is None
    assert not running(folder)
    with engine() as talk:
        talk.client.send(StartRun(id=1, plan=plan(project), folder=str(folder), resume=True))
        started = talk.event(Started)
        talk.client.send(Instruct(command=Stop()))
        end = talk.event(Finished)

    assert isinstance(started, Started)
    assert started.step >= 9
    assert isinstance(end, Finished)
    assert len(losses_of(list(read_events(folder)))["fit"]) == end.step


def test_a_run_goes_on_when_its_window_is_gone_and_is_followed_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with engine() as talk:
        talk.client.send(StartRun(id=1, plan=plan(digits_cnn(epochs=100_000)), folder=str(folder)))
        talk.event(EpochDone)
        pid = talk.client.pid
        talk.client.close(wait=False)
        talk.client._threads[0].join(10)
        follower = RunFollower(folder)
        follower.drain()
        until(lambda: any(isinstance(event, EpochDone) for event in follower.drain()), "another epoch")
        assert process_lives(pid)
        follower.command(Pause())
        until(lambda: any(isinstance(event, Paused) for event in follower.drain()), "the pause")
        follower.command(Stop())
        until(lambda: bool(follower.drain()) and follower.over, "the end")
        until(lambda: talk.client._process.poll() is not None, "the end of the process")
        assert talk.client._process.returncode == 0

    end = read_end(folder)
    assert isinstance(end, Finished)
    assert end.reason == "stopped"
    assert any(isinstance(event, Finished) for event in RunFollower(folder).drain())


def test_a_run_stops_with_its_window_when_it_was_told_to(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with engine() as talk:
        start = StartRun(id=1, plan=plan(digits_cnn(epochs=100_000)), folder=str(folder), on_disconnect="stop")
        talk.client.send(start)
        talk.event(EpochDone)
        talk.client.send(Goodbye())
        until(lambda: talk.client._process.poll() is not None, "the end of the process")

    end = read_end(folder)
    assert isinstance(end, Finished)
    assert end.reason == "stopped"


def test_a_window_that_stops_reading_stalls_nothing(tmp_path: Path) -> None:
    """Nobody reads the pipe, which holds 64 KiB; the run watches four nodes and finishes all the same."""
    folder = tmp_path / "run"
    with subprocess.Popen(
        ENGINE_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        watch = Watch(addresses=("net.conv1", "net.norm1", "net.relu1", "net.head"), interval_ms=0)
        start = StartRun(id=1, plan=plan(digits_cnn(epochs=150)), folder=str(folder))
        for message in (Hello(version="test"), start, Instruct(command=watch)):
            process.stdin.write(frames.encode(message))
        process.stdin.flush()
        until(lambda: read_end(folder) is not None or process.poll() is not None, "the end of the run")
        process.kill()

    end = read_end(folder)
    assert isinstance(end, Finished)
    assert end.reason == "done"
    assert len(losses_of(list(read_events(folder)))["fit"]) == 150 * 9


def test_a_run_in_a_folder_that_holds_something_fails_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with engine() as talk:
        talk.client.send(StartRun(id=1, plan=plan(digits_cnn()), folder=str(tmp_path)))
        failed = talk.event(Failed)

    assert isinstance(failed, Failed)
    assert "not empty" in failed.what
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_one_process_trains_one_run(tmp_path: Path) -> None:
    with engine() as talk:
        talk.client.send(StartRun(id=1, plan=plan(digits_cnn(epochs=100_000)), folder=str(tmp_path / "a")))
        talk.event(Started)
        refused = talk.ask(StartRun(id=2, plan=plan(digits_cnn()), folder=str(tmp_path / "b")))

    assert isinstance(refused, Refused)
    assert "trains" in refused.what
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("first", [b"\x00\x00\x00\x04junk", b"\xff\xff\xff\xff", frames.encode(Goodbye()), b"\x00\x00"])
def test_nonsense_on_the_line_ends_the_process_with_one_sentence(first: bytes) -> None:
    done = subprocess.run(ENGINE_COMMAND, input=first, capture_output=True, check=False, timeout=60)

    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_an_engine_of_another_protocol_says_so_and_ends() -> None:
    line = frames.encode(Hello(version="9.9", protocol=PROTOCOL + 1)) + frames.encode(Goodbye())
    done = subprocess.run(ENGINE_COMMAND, input=line, capture_output=True, check=False, timeout=60)

    assert done.returncode == 1
    assert b"the window speaks protocol 2 (version 9.9), the engine 1" in done.stderr
    assert b"Install the same version" in done.stderr


def test_what_is_printed_in_an_engine_goes_to_the_log_and_never_into_a_frame() -> None:
    noisy = (
        "import os, sys; sys.argv = ['server']; from engine.service import server, worker; "
        "plain = worker.Worker.welcome; "
        "worker.Worker.welcome = lambda self: (print('stray', flush=True), os.write(1, b'raw\\n'), "
        "os.system('echo child'), plain(self))[-1]; sys.exit(server.main())"
    )
    command = (ENGINE_COMMAND[0], "-P", "-c", noisy)
    line = frames.encode(Hello(version="test")) + frames.encode(Goodbye())
    done = subprocess.run(command, input=line, capture_output=True, check=False, timeout=60)

    assert done.returncode == 0
    assert all(word in done.stderr for word in (b"stray", b"raw", b"child"))
    assert not any(word in done.stdout for word in (b"stray", b"raw", b"child"))
    assert b"Welcome" in done.stdout


def _kept(events: list[Event]) -> int:
    """The step of the last weights that are said to be safe."""
    steps = (event.step for event in events if isinstance(event, CheckpointWritten) and event.which == "last")
    return max(steps, default=0)
