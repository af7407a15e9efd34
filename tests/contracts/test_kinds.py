"""Every kind of the catalogue in one harness: its declaration is held against what torch really does.

Nothing is listed by kind: parameters and inputs follow from the declaration.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import product
from math import prod
from typing import Final

import pytest
import torch
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.codegen.allowed import FIXED
from engine.graph.dims import substitute
from engine.graph.ids import fault_of as fault_of_id
from engine.graph.types import Graph, Node, Project, Value
from engine.layers import switches
from engine.layers.catalogue import CATALOGUE
from engine.layers.emission import Variant
from engine.layers.kind import Fault, Hint, LayerKind, Specs
from engine.layers.params import Values, fault_of
from engine.layers.values import values_of
from engine.project.format import decode, encode
from tests.kind_cases import (
    COMPUTING,
    NODE,
    SIZES,
    Case,
    cases,
    concrete,
    device_for,
    module_of,
    offers,
    outcome,
    outputs_of,
    parameters,
    ports,
    project_of,
    reported,
    shapes,
    source_of,
    tensors,
    values,
)

every_kind = pytest.mark.parametrize("key", CATALOGUE)
computing = pytest.mark.parametrize("key", COMPUTING)
few: Final = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
_VARIANTS: Final[tuple[Variant, ...]] = ("model", "probe", "export")


@computing
@settings(few, max_examples=25)
@given(data=st.data())
def test_a_rule_says_what_torch_computes(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    device = device_for(case)
    module = module_of(project_of(case), device=device)

    for training, symbols in product((True, False), (SIZES, {"B": 2, "T": 17})):
        answer = module.train(training)(*tensors(case, device, symbols))
        found = outputs_of(answer)
        wanted = [(concrete(spec, symbols), spec.dtype) for spec in case.outputs.values()]

        assert [_seen(tensor) for tensor in found] == wanted
        assert isinstance(answer, tuple) == (len(wanted) > 1)


@computing
@few
@given(data=st.data())
def test_what_the_source_of_a_kind_names_stands_in_its_declaration(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    for variant in _VARIANTS:
        named = _named(source_of(project_of(case), variant).text)

        assert named <= {*case.kind.calls, *FIXED, ".__init__"}


_IMPORTED = r"(torch|nn|F|parametrizations)[.\w]+"


def _named(text: str) -> set[str]:
    """Give what a source names with a dot, as declarations write it."""
    every = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
    inner = {id(node.value) for node in every if re.match(_IMPORTED, ast.unparse(node))}
    found = [node for node in every if id(node) not in inner]
    chains = {ast.unparse(node): node for node in found if not ast.unparse(node.value).startswith("self")}
    return {chain if re.fullmatch(_IMPORTED, chain) else f".{node.attr}" for chain, node in chains.items()}


def _seen(tensor: torch.Tensor) -> tuple[tuple[int, ...], str]:
    return tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")


@pytest.mark.parametrize("key", [key for key in COMPUTING if CATALOGUE[key].gives is not None])
@few
@given(data=st.data())
def test_nothing_comes_out_beyond_what_a_kind_says_it_gives(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    low, high = case.kind.gives or (0.0, 0.0)
    for found in outputs_of(module_of(project_of(case))(*tensors(case, "cpu", SIZES))):
        assert found.numel() == 0 or (low <= float(found.min()) and float(found.max()) <= high)


@pytest.mark.parametrize("key", [key for key in COMPUTING if "keeps_values" in CATALOGUE[key].traits])
@few
@given(data=st.data())
def test_a_kind_that_says_it_keeps_values_does(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    entering = tensors(case, "cpu", SIZES)
    (found,) = outputs_of(module_of(project_of(case))(*entering))

    assert torch.equal(found.flatten().sort().values, entering[0].flatten().sort().values)


@computing
@few
@given(data=st.data())
def test_declared_weights_are_those_of_the_module(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    project = project_of(case)
    report = reported(project)[1]
    module = module_of(project, device="meta")
    real = [(name, tuple(tensor.shape), False) for name, tensor in module.named_parameters()]
    real += [(name, tuple(tensor.shape), True) for name, tensor in module.named_buffers()]

    assert [(f"{NODE}.{w.name}", w.shape, w.buffer) for w in report.weights] == real
    assert report.parameters == sum(tensor.numel() for tensor in module.parameters())


@computing
@few
@given(data=st.data())
def test_multiply_adds_are_those_that_torch_counts(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    kind = case.kind
    device = device_for(case)
    module = module_of(project_of(case), device=device).eval()
    with FlopCounterMode(display=False, custom_mapping={torch.ops.aten._trilinear: _trilinear}) as counter:
        module(*tensors(case, device))
    declared = kind.multiply_adds(case.values, case.inputs, case.outputs)

    assert substitute(declared, dict(SIZES)) == counter.get_total_flops() / 2


def _trilinear(rows: tuple[int, ...], weight: tuple[int, ...], *_: object, **__: object) -> int:
    """Count what torch's counter leaves out: every row with each of the products that a bilinear map weighs."""
    return 2 * rows[0] * prod(weight)


@computing
@few
@given(data=st.data())
def test_values_and_gradients_are_finite(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    torch.manual_seed(0)
    module = module_of(project_of(case))
    inputs = [x.requires_grad_() if x.is_floating_point() else x for x in tensors(case)]
    outputs = outputs_of(module(*inputs))
    total = sum((y.sum() for y in outputs if y.requires_grad), torch.zeros(()))
    if total.requires_grad:
        total.backward()  # type: ignore[no-untyped-call]  # torch leaves it open
        gradients = [parameter.grad for parameter in module.parameters()]
        gradients += [x.grad for x in inputs if x.requires_grad and case.inputs]

        assert all(gradient is not None and bool(gradient.isfinite().all()) for gradient in gradients)
    assert all(bool(y.isfinite().all()) for y in outputs)
    assert not list(module.parameters()) or total.requires_grad


@computing
@few
@given(data=st.data())
def test_every_variant_has_the_same_keys_and_gives_the_same_values(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    project = project_of(case)
    torch.manual_seed(0)
    inputs = tensors(case)
    modules = {variant: module_of(project, variant) for variant in _VARIANTS}
    state = {key: value.clone() for key, value in modules["model"].state_dict().items()}

    for training in (False, True):
        model, probe, export = (_run(module, state, inputs, training=training) for module in modules.values())

        assert _equal(model, probe)
        assert len(model) == len(export)
        for one, other in zip(model, export, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def _run(
    module: nn.Module, state: Mapping[str, torch.Tensor], inputs: tuple[torch.Tensor, ...], *, training: bool
) -> tuple[torch.Tensor, ...]:
    module.load_state_dict(state)
    torch.manual_seed(1)
    found = module.train(training)(*inputs)
    if isinstance(found, tuple) and isinstance(found[-1], dict):
        found, watched = found
        assert set(watched) >= {NODE}
    return (*outputs_of(found), *module.state_dict().values())


def _equal(one: tuple[torch.Tensor, ...], other: tuple[torch.Tensor, ...]) -> bool:
    return len(one) == len(other) and all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@computing
@few
@given(data=st.data())
def test_parameters_reach_the_module_of_their_kind(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    kind = case.kind
    module = dict(module_of(project_of(case), device="meta").named_children()).get(NODE)
    for param in kind.parameters:
        wanted = case.values.raw(param.name)
        found = getattr(module, param.name, None)
        if found is None or _spread(wanted) == _spread(param.default):
            continue  # a default may stand for something else, such as a stride as large as the window

        assert isinstance(found, nn.Parameter) or _reached(found, wanted, param.default), param.name


def _reached(found: object, wanted: object, default: object) -> bool:
    """Say whether a module has what was wanted, along every axis where that is not the default."""
    if not isinstance(wanted, tuple):
        return _spread(found) == wanted
    each = found if isinstance(found, tuple) else (found,) * len(wanted)
    return all(one in (other, default) for one, other in zip(wanted, each, strict=True))


def _spread(value: object) -> object:
    """Give a size as one number where all its numbers are equal."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


@computing
def test_every_parameter_changes_what_is_computed(key: str) -> None:
    sought = settings(few, max_examples=300, phases=(Phase.generate,))
    for param in CATALOGUE[key].parameters:
        pairs = st.tuples(cases(key, symbols=False), values(param))
        find(pairs, partial(_matters, param.name), settings=sought)


def _matters(name: str, pair: tuple[Case, Value]) -> bool:
    """Say whether the source of a case changes when a parameter does, the same inputs coming in."""
    case, value = pair
    changed = {**case.parameters, name: value}
    wanted = ports(case.kind.inputs, _values(case.kind, changed))
    inputs = {
        port.id: case.inputs.get(port.id) or next(iter(case.inputs.values()))
        for port in wanted
        if port.id in case.inputs or not port.optional
    }
    outputs = outcome(case.kind, _values(case.kind, changed), inputs)
    if outputs is None or isinstance(outputs, Fault):
        return False
    other = Case(case.key, changed, inputs, outputs)
    return source_of(project_of(other)).text != source_of(project_of(case)).text


@computing
@few
@given(data=st.data())
def test_modes_differ_only_where_the_kind_says_so(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    kind = case.kind
    torch.manual_seed(0)
    inputs = tensors(case)
    module = module_of(project_of(case))
    state = {key: value.clone() for key, value in module.state_dict().items()}
    trained, evaluated = (_run(module, state, inputs, training=mode) for mode in (True, False))
    torch.manual_seed(2)
    again = outputs_of(module.eval()(*inputs))

    # A spectral norm looks for the largest singular value as it trains.
    spectral = case.parameters.get(switches.NORM) == "spectral"
    assert kind.differs_in_training or spectral or _equal(trained, evaluated)
    assert kind.stochastic or _equal(again, evaluated[: len(again)])


@every_kind
@few
@given(data=st.data())
def test_a_rule_answers_whatever_comes_in(key: str, data: st.DataObject) -> None:
    kind = CATALOGUE[key]
    worked_out = _values(kind, data.draw(parameters(kind)))
    wanted = {port.id for port in ports(kind.inputs, worked_out)}
    for inputs in offers(ports(kind.inputs, worked_out), data.draw(shapes())):
        found = outcome(kind, worked_out, inputs)
        if isinstance(found, Fault):
            _check_fault(found, wanted)
            for hint in found.hints:
                after = _followed(kind, worked_out, inputs, hint)
                assert not isinstance(after, Fault) or (after.message, after.port) != (found.message, found.port)
        elif found is not None:
            assert set(found) == {port.id for port in ports(kind.outputs, worked_out)}


def _values(kind: LayerKind, given_parameters: Mapping[str, Value]) -> Values:
    return values_of(kind, Node(id=NODE, kind=kind.key, parameters=given_parameters), {})


def _followed(kind: LayerKind, worked_out: Values, inputs: Specs, hint: Hint) -> object:
    """Give what the rule says once a hint has been followed, as far as it concerns this node or what comes in."""
    if hint.insert:
        new = CATALOGUE[hint.insert]
        made = outcome(new, _values(new, hint.parameters), {"x": inputs[hint.port]})
        assert made is not None
        assert not isinstance(made, Fault)
        return outcome(kind, worked_out, {**inputs, hint.port: made["y"]})
    if hint.set_parameter in kind.defaults:
        changed = {name: worked_out.raw(name) for name in worked_out.names} | {hint.set_parameter: hint.to}
        return outcome(kind, Values(changed), inputs)
    return None


def _check_fault(fault: Fault, inputs: set[str]) -> None:
    assert len(fault.message) > 10
    assert not fault.message.endswith(".")
    assert not fault.message[0].islower()
    assert fault.expected
    assert fault.port in inputs or (not inputs and not fault.port)
    for hint in fault.hints:
        assert hint.title
        assert hint.port in inputs
        assert hint.insert in CATALOGUE or any(hint.set_parameter in other.defaults for other in CATALOGUE.values())


@every_kind
@few
@given(data=st.data())
def test_a_node_survives_the_file(key: str, data: st.DataObject) -> None:
    kind = CATALOGUE[key]
    node = Node(id=NODE, kind=kind.key, version=kind.version, parameters=data.draw(parameters(kind)))
    graph = Graph(nodes={NODE: node})
    project = Project(networks={"net": graph}) if "networks" in kind.spaces else Project(training={"main": graph})
    text = encode(project)

    assert decode(text) == project
    assert encode(decode(text)) == text


@every_kind
def test_a_declaration_is_complete(key: str) -> None:
    kind = CATALOGUE[key]
    names = [param.name for param in kind.parameters]
    words = [kind.title.lower(), *(alias.lower() for alias in kind.aliases)]

    assert fault_of_id(key) == ""
    assert kind.help.what.endswith(".")
    assert kind.help.formula or kind.help.shapes
    assert kind.help.when
    assert kind.help.source
    assert len(set(names)) == len(names)
    assert len(set(words)) == len(words)
    assert all(param.title and param.help and not param.help.endswith(".") for param in kind.parameters)
    assert [fault_of(param, param.default) for param in kind.parameters] == [""] * len(names)
    assert kind.version >= 1
    assert kind.spaces


def test_titles_tell_kinds_of_one_graph_apart() -> None:
    for space in ("networks", "training"):
        titles = Counter((kind.title, kind.group) for kind in CATALOGUE.values() if space in kind.spaces)

        assert [title for title, count in titles.items() if count > 1] == []
