"""What can be wrong with the models of a training graph that follow others; it judges no network and no node."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.context import Context, did_you_mean
from engine.check.report import Fix, Problem
from engine.graph.edits import SetModels
from engine.graph.ids import NodeId
from engine.graph.types import Model

RULES = ("copy", "ema", "periodic", "frozen")


def follower_problems(context: Context) -> Iterator[Problem]:
    """Find followers that nothing can be copied into: of no model, of another network, without a rule."""
    for name, model in context.graph.models.items():
        if fault := _fault(context, name, model):
            message, expected, found = fault
            fixes = () if context.graph.recipe is not None else (_freed(context, name),)
            yield context.problem(None, "follower", message, expected=expected, found=found, fixes=fixes)


def _fault(context: Context, name: str, model: Model) -> tuple[str, str, str] | None:
    """Give message, what was expected and what was found."""
    if not model.follows:
        said = f"Model {name} has the rule {model.rule} and follows none. Name the model it follows"
        return (said, "a model to follow", model.rule) if model.rule else None
    followed = context.graph.models.get(NodeId(model.follows))
    if followed is None:
        meant = did_you_mean(model.follows, context.graph.models)
        return f"Model {name} follows {model.follows!r}, which is no model here{meant}", "a model", model.follows
    if followed.follows:
        return f"Model {name} follows {model.follows}, which follows another. Follow that one", "", model.follows
    if model.rule not in RULES:
        return f"Model {name} follows {model.follows} by no rule. Choose one", ", ".join(RULES), model.rule
    if (model.network, dict(model.parameters)) != (followed.network, dict(followed.parameters)):
        message = f"Model {name} follows {model.follows} and is of another network, so no weight would fit"
        return message, followed.network, model.network
    if not 0.0 <= model.decay <= 1.0 or model.every < 1:
        message = f"Model {name} needs a decay from 0 to 1 and at least 1 step between two copies"
        return message, "0 to 1, 1 and above", f"{model.decay:g}, {model.every}"
    return None


def _freed(context: Context, name: NodeId) -> Fix:
    """Let a follower own its weights."""
    models = dict(context.graph.models)
    models[name] = Model(network=models[name].network, parameters=models[name].parameters)
    return Fix(title=f"Let {name} own its weights", edits=(SetModels(ref=context.ref, models=models),))
