"""The catalogue and what is read from it: keys, values of nodes, ports of nodes, values that are none."""

from __future__ import annotations

import pytest

from engine.errors import ExpressionError
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Model, Project, Value
from engine.layers import activations, catalogue, linear
from engine.layers.catalogue import CATALOGUE, RENAMED, kind_of
from engine.layers.params import fault_of
from engine.layers.ports import ports_of
from engine.layers.values import values_of
from tests.graphs import graph_of_nodes, node


def test_the_first_kinds_are_all_there() -> None:
    wanted = """
        input output noise linear embedding identity conv1d conv2d conv_transpose2d max_pool1d max_pool2d avg_pool1d
        avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d global_avg_pool batch_norm1d batch_norm2d layer_norm dropout
        dropout2d relu leaky_relu elu gelu silu tanh sigmoid softplus softmax log_softmax flatten reshape permute squeeze
        unsqueeze concatenate add subtract multiply matmul mean hold stop_gradient cross_entropy bce_with_logits mse l1
        network digits wine breast_cancer iris diabetes csv npz idx ring standardise fill model objective
        accuracy f1 mae rmse r2
    """

    assert set(wanted.split()) <= set(CATALOGUE)


def test_two_kinds_of_one_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    again = activations.KINDS[0]
    monkeypatch.setattr(linear, "KINDS", (*linear.KINDS, again))

    with pytest.raises(ValueError, match=f"two kinds have the key '{again.key}'"):
        catalogue._joined()


def test_old_keys_lead_to_kinds_of_today() -> None:
    assert all(new in CATALOGUE and old not in CATALOGUE for old, new in RENAMED.items())
    assert kind_of("no_such_kind") is None


def test_values_are_defaults_with_what_the_node_says() -> None:
    values = values_of(CATALOGUE["linear"], node("head", "linear", out_features="=2*width"), {"width": 5})

    assert (values.integer("out_features"), values.flag("bias")) == (10, True)
    with pytest.raises(ExpressionError):
        values_of(CATALOGUE["linear"], node("head", "linear", out_features="=2*depth"), {"width": 5})


def test_an_expression_that_comes_out_whole_is_a_whole_number() -> None:
    halved = node("conv", "conv2d", out_channels="=width/2", kernel_size=("=width/2", 1))
    values = values_of(CATALOGUE["conv2d"], halved, {"width": 6})

    assert (values.integer("out_channels"), values.size("kernel_size", 2)) == (3, (3, 1))


def test_a_text_that_begins_with_an_equals_sign_stays_a_text() -> None:
    values = values_of(CATALOGUE["csv"], node("data", "csv", path="=1+1.csv"), {})

    assert values.text("path") == "=1+1.csv"


def test_ports_follow_parameters_and_networks() -> None:
    inner = graph_of_nodes(node("image", "input"), node("mask", "input"), node("scores", "output"))
    training = Graph(models={NodeId("net"): Model(network="inner")})
    project = Project(networks={"inner": inner}, training={"main": training})

    def ids(graph: Graph, kind: str, **parameters: Value) -> tuple[list[str], list[str]]:
        found = ports_of(project, graph, node("it", kind, **parameters))
        assert found is not None
        return [port.id for port in found[0]], [port.id for port in found[1]]

    assert ids(inner, "add", inputs=4) == (["a", "b", "c", "d"], ["y"])
    assert ids(inner, "network", network="inner") == (["image", "mask"], ["scores"])
    assert ids(training, "model", model="net") == (["image", "mask"], ["scores"])
    assert ids(training, "model", model="nobody") == ([], [])
    assert ports_of(project, inner, node("it", "no_such_kind")) is None


@pytest.mark.parametrize(
    ("key", "parameter", "value", "words"),
    [
        ("linear", "out_features", 0, "expected a whole number from 1 to 16,777,216"),
        ("conv2d", "groups", 0, "expected a whole number of at least 1"),
        ("digits", "batch_size", 10**9, "expected a whole number of at most 1,048,576"),
        ("linear", "out_features", True, "expected a whole number"),
        ("linear", "bias", 1, "expected on or off"),
        ("dropout", "p", 1.5, "expected a number from 0 to 1"),
        ("softmax", "temperature", 0.0, "expected more than 0"),
        ("conv2d", "kernel_size", (3, 3, 3), "expected one number, or 2"),
        ("gelu", "approximate", "sin", "expected one of none, tanh"),
        ("input", "shape", ("B", -1), "a size is not negative"),
        ("input", "shape", ("B", "import os"), "'import os' is no size"),
        ("permute", "dims", (0.5, 1), "expected a list of whole numbers"),
        ("objective", "updates", "net.*", "expected a list of texts"),
        ("dropout", "p", float("nan"), "expected a number from 0 to 1"),
    ],
)
def test_a_value_that_is_none_is_told_in_words(key: str, parameter: str, value: Value, words: str) -> None:
    assert fault_of(CATALOGUE[key].named[parameter], value) == words
