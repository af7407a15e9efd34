"""Verbs that compute: train, evaluate, export, engine. They load torch."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from time import perf_counter

import torch

from engine.cli.interrupt import saved_first
from engine.cli.output import Json, Output
from engine.cli.watcher import Watcher
from engine.errors import FileError, RunError, UsageError
from engine.graph.types import Project
from engine.interchange.export import export as export_model
from engine.project.store import load
from engine.runs.events import Failed, Finished, Scores, Started
from engine.runs.folder import is_free, new_run_folder, require_free
from engine.runs.plan import Plan
from engine.runs.planning import plan_of
from engine.runs.record import gaps, read_end, read_epochs, read_events, read_plan
from engine.runtime.memory import keep_freed
from engine.service import server
from engine.train.measure import measured_test
from engine.train.session import Session


def train(options: argparse.Namespace, output: Output) -> int:
    """Train, with a progress bar on a terminal and plain lines otherwise."""
    begun = perf_counter()
    file = Path(options.file)
    if options.resume and not options.run:
        raise UsageError("--resume needs the run folder", remedy="Say which with --run DIR")
    folder = Path(options.run) if options.run else new_run_folder(file, file.stem, Path())
    resume = bool(options.resume) and _goes_on(folder)
    plan = read_plan(folder) if resume else _plan(options, file)
    if resume:
        _say_ignored(options)
    else:
        require_free(folder)
    if not (resume and isinstance(read_end(folder), Finished)):
        _run(plan, file, folder, output, resume=resume)
    document = run_document(folder, perf_counter() - begun)
    _say_gaps(document)
    _say_end(document, output)
    output.document(document)
    return 0


def _goes_on(folder: Path) -> bool:
    """Whether there is a run to resume; False when it was killed before it stood, so that it begins anew."""
    if not folder.exists():
        raise UsageError("there is no run to go on with", where=str(folder), remedy="Leave --resume out to begin one")
    return not is_free(folder)


def _say_ignored(options: argparse.Namespace) -> None:
    given = {"--epochs": options.epochs, "--seed": options.seed, "--device": options.device, "--set": options.sets}
    names = [name for name, value in given.items() if value not in (None, "", [])]
    if names:
        print(f"netwright: the run goes on as it was planned, without {', '.join(names)}", file=sys.stderr)


def train_project(file: Path, folder: Path, output: Output) -> None:
    """Train a project as its file says.

    Raises:
        RunError: the run failed.
    """
    _run(plan_of(load(file), name=file.stem, folder=file.parent), file, folder, output, resume=False)
    _say_end(run_document(folder, 0.0), output)


def _run(plan: Plan, file: Path, folder: Path, output: Output, *, resume: bool) -> None:
    watcher = Watcher(plan, output)
    keep_freed()
    session = Session(plan, folder, watcher.take, resume=resume)
    threads = torch.get_num_threads()
    try:
        with saved_first(session):
            end = session.run()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_left(watcher.saved, file, folder)) from None
    finally:
        watcher.close()
        torch.set_num_threads(threads)
    if isinstance(end, Failed):
        raise RunError(end.what, where=end.address or str(folder), remedy=end.remedy)


def _left(saved: int, file: Path, folder: Path) -> str:
    """Say what an interrupted run leaves behind."""
    if saved < 0:
        return "Interrupted before there was a checkpoint."
    command = shlex.join(["netwright", "train", str(file), "--run", str(folder), "--resume"])
    return f"Interrupted; the checkpoint of step {saved:,} is kept. Go on with: {command}"


def _plan(options: argparse.Namespace, file: Path) -> Plan:
    project = load(file)
    return plan_of(
        project,
        name=file.stem,
        folder=file.parent,
        seed=options.seed,
        device=options.device,
        epochs=options.epochs,
        variables=_variables(options.sets, project),
    )


def _variables(sets: list[str], project: Project) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for text in sets:
        name, _, value = text.partition("=")
        try:
            found[name] = int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:
            raise UsageError(f"--set {text!r} gives no number", remedy="Write --set name=value") from None
    return found


def run_document(folder: Path, wall_seconds: float) -> dict[str, Json]:
    """Give the document that `train --json` prints, from the record of a finished run.

    Raises:
        RunError: the run has not finished.
    """
    end = read_end(folder)
    if not isinstance(end, Finished):
        raise RunError("the run has not finished", where=str(folder), remedy="Go on with --resume")
    plan = read_plan(folder)
    epochs = read_epochs(folder)
    device = next((e.device for e in _started(folder)), plan.device)
    ids = _ids([end.test, *(scores for epoch in epochs for scores in (epoch.train, epoch.validation))])
    return {
        "run": str(folder),
        "progress": {"unit": "epoch", "done": end.epoch},
        "epochs": [
            {"epoch": e.epoch, "train": _scores(e.train, ids), "validation": _scores(e.validation, ids)} for e in epochs
        ],
        "test": _scores(end.test, ids),
        "test_samples": end.test.samples,
        "steps": end.step,
        "train_seconds": end.seconds,
        "wall_seconds": wall_seconds,
        "device": device,
        "warnings": [warned.message for warned in gaps(folder, end.epoch)],
    }


def _say_gaps(document: dict[str, Json]) -> None:
    warnings = document["warnings"]
    assert isinstance(warnings, list)
    for words in warnings:
        print(f"netwright: {words}", file=sys.stderr)


def _started(folder: Path) -> list[Started]:
    return [event for event in read_events(folder) if isinstance(event, Started)]


def _ids(all_scores: list[Scores]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name every objective and metric that was ever finite: the record leaves out numbers that are not."""
    objectives = dict.fromkeys(name for scores in all_scores for name in scores.objectives)
    metrics = dict.fromkeys(name for scores in all_scores for name in scores.metrics)
    return tuple(objectives), tuple(metrics)


def _scores(scores: Scores, ids: tuple[tuple[str, ...], tuple[str, ...]]) -> Json:
    objectives, metrics = ids
    return {
        "objectives": {name: scores.objectives.get(name) for name in objectives},
        "metrics": {name: scores.metrics.get(name) for name in metrics},
    }


def _say_end(document: dict[str, Json], output: Output) -> None:
    test = document["test"]
    assert isinstance(test, dict)
    words = [
        f"{name} {value:.4f}"
        for part in ("metrics", "objectives")
        for name, value in test[part].items()
        if value is not None
    ]
    output.line(f"Test: {', '.join(words) or 'no test part'} ({document['test_samples']} samples, best weights)")
    output.line(f"Run: {document['run']}")


def evaluate(options: argparse.Namespace, output: Output) -> int:
    """Measure a run's best weights on its test part."""
    scores = measured_test(Path(options.run))
    words = [f"{name} {value:.4f}" for name, value in {**scores.metrics, **scores.objectives}.items()]
    output.line(f"Test: {', '.join(words)} ({scores.samples} samples)")
    output.document({"run": options.run, "test": _scores(scores, _ids([scores])), "test_samples": scores.samples})
    return 0


def export(options: argparse.Namespace, output: Output) -> int:
    """Export a run or a file, and say how far the result is from PyTorch."""
    subject, target = Path(options.subject), Path(options.out)
    if subject.is_dir():
        project, run, folder = read_plan(subject).project, str(subject), ""
    elif subject.exists():
        project, run, folder = load(subject), "", str(subject.parent.resolve())
    else:
        raise FileError("there is no such run or file", where=str(subject))
    result = export_model(
        project,
        target,
        run=run,
        raw_input=options.raw_input,
        folder=folder,
        model=options.model,
        opset=options.opset,
    )
    differences = ", ".join(f"{name} {value:.2g}" for name, value in result.max_abs_difference.items())
    compared = f"largest difference from PyTorch over {result.samples} samples: {differences}"
    output.line(f"{result.file}: {result.weights} weights, {compared if result.samples else 'read back and equal'}")
    if result.note:
        print(f"netwright: {result.note}", file=sys.stderr)
    output.document(result.fields())
    return 0


def serve(options: argparse.Namespace, output: Output) -> int:
    """Serve a designer over standard input and output."""
    return server.main()
