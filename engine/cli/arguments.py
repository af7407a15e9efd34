"""The grammar of the command line; what each verb does stands beside it, and is loaded when its verb is used."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence

from engine import __version__
from engine.cli.output import Output

Verb = Callable[[argparse.Namespace, Output], int]


def parse(arguments: Sequence[str]) -> argparse.Namespace | int:
    """Read the words; an exit status when there is nothing to do but leave."""
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as leave:
        return int(leave.code or 0)
    return options


def _late(module: str, function: str) -> Verb:
    def verb(options: argparse.Namespace, output: Output) -> int:
        # torch takes two seconds to load: only the verbs that need it pay
        found: Verb = getattr(importlib.import_module(f"engine.cli.{module}"), function)
        return found(options, output)

    return verb


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="netwright",
        description="Draw a neural network, watch it learn, own the code. Without a verb the designer opens.",
    )
    parser.add_argument("--version", action="version", version=f"netwright {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _drawing(verbs)
    _working(verbs)
    return parser


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, words: str, verb: Verb, *, json: bool = True
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    parser.set_defaults(verb=verb)
    parser.add_argument("--trust", action="store_true", help="trust what this file holds, this once")
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    return parser


def _drawing(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = _verb(verbs, "new", "make a project from a recipe", _late("projects", "new"))
    new.add_argument("recipe", metavar="RECIPE", help="classification or regression")
    new.add_argument("out", metavar="OUT.netwright")
    new.add_argument("--data", metavar="SOURCE", default="", help="a bundled name (digits) or a path")
    new.add_argument("--target", metavar="COLUMN", action="append", default=[], help="target column of a table")
    gallery = _verb(verbs, "gallery", "list the examples and templates, or copy one", _late("projects", "gallery"))
    gallery.add_argument("name", metavar="NAME", nargs="?", default="")
    gallery.add_argument("out", metavar="OUT.netwright", nargs="?", default="")
    check = _verb(verbs, "check", "list problems, shapes and costs", _late("projects", "check"))
    check.add_argument("file", metavar="FILE")
    code = _verb(verbs, "code", "write a plain PyTorch project that runs without Netwright", _late("projects", "code"))
    code.add_argument("file", metavar="FILE")
    code.add_argument("-o", "--out", metavar="DIR", default="", help="folder to write (default: NAME_code)")
    kinds = _verb(verbs, "kinds", "list the kinds of nodes, or explain one", _late("projects", "kinds"))
    kinds.add_argument("kind", metavar="KIND", nargs="?", default="")


def _working(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = _verb(verbs, "train", "train a project", _late("training", "train"))
    train.add_argument("file", metavar="FILE")
    train.add_argument("--run", metavar="DIR", default="", help="the run folder (default: a new one in NAME.runs)")
    train.add_argument("--resume", action="store_true", help="go on with the run in --run from its last checkpoint")
    train.add_argument("--epochs", metavar="N", type=_count, default=None)
    train.add_argument("--device", metavar="D", default="", help="auto, cpu, cuda, cuda:i, mps")
    train.add_argument("--seed", metavar="S", type=int, default=None)
    train.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], dest="sets", help="a variable")
    evaluate = _verb(verbs, "evaluate", "measure a run's best weights on the test part", _late("training", "evaluate"))
    evaluate.add_argument("run", metavar="RUN")
    export = _verb(verbs, "export", "export a run or a file, and compare it with PyTorch", _late("training", "export"))
    export.add_argument("subject", metavar="RUN|FILE")
    export.add_argument("-o", "--out", metavar="OUT", required=True, help="OUT.onnx, OUT.pt2 or OUT.safetensors")
    export.add_argument("--model", metavar="NAME", default="", help="which, where the training graph has several")
    export.add_argument("--opset", metavar="N", type=int, default=18, help="of ONNX: 17 to 24")
    export.add_argument("--raw-input", action="store_true", help="leave fitted input transforms out")
    words = "find a network's tensors in a file of others' weights, and write them in its keys"
    weights = _verb(verbs, "weights", words, _late("weights", "weights"))
    weights.add_argument("file", metavar="FILE")
    weights.add_argument("weights", metavar="WEIGHTS", help="a .safetensors, .pt, .pth or .bin file")
    weights.add_argument("--model", metavar="NET", default="", help="which network, where none holds all others")
    weights.add_argument("-o", "--out", metavar="OUT.safetensors", default="", help="write them in the network's keys")
    _verb(verbs, "engine", "serve a designer over standard input and output", _late("training", "serve"), json=False)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number of at least 1")
    return number
