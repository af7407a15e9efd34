"""What kinds say of inputs that do not fit: in our own words, with what was expected, what was found and a way out."""

from __future__ import annotations

import pytest

from engine.graph.dims import Dim
from engine.graph.specs import DType, TensorSpec
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault, Hint
from engine.layers.params import Values


def spec(*shape: Dim, dtype: DType = "float32", classes: tuple[str, ...] = ()) -> TensorSpec:
    return TensorSpec(shape=shape, dtype=dtype, classes=classes)


def outcome(key: str, inputs: dict[str, TensorSpec], **parameters: Value) -> object:
    kind = CATALOGUE[key]
    found = kind.infer(Values({**kind.defaults, **parameters}), inputs)
    return found.shape if isinstance(found, TensorSpec) else found


def fault(key: str, inputs: dict[str, TensorSpec], **parameters: Value) -> Fault:
    found = outcome(key, inputs, **parameters)
    assert isinstance(found, Fault)
    return found


def test_linear_acts_on_the_last_axis_whatever_stands_before_it() -> None:
    assert outcome("linear", {"x": spec("B", 3, 8, 16)}, out_features=10) == ("B", 3, 8, 10)


def test_linear_refuses_whole_numbers_and_offers_an_embedding() -> None:
    found = fault("linear", {"x": spec("B", "T", dtype="int64")})

    assert found.message == "Linear needs real numbers (float32), not int64"
    assert found.hints == (Hint(title="Insert embedding", insert="embedding"),)


def test_linear_refuses_a_last_axis_of_unknown_size() -> None:
    assert fault("linear", {"x": spec("B", 3, "T")}).message == "Linear needs a last axis of known size"


def test_conv2d_refuses_a_vector_and_offers_to_make_an_image_of_it() -> None:
    found = fault("conv2d", {"x": spec("B", 64)})

    assert found.message == "Conv 2d needs an image (B × C × H × W)"
    assert (found.expected, found.found) == ("an image (B × C × H × W)", "B × 64")
    assert found.hints == (
        Hint(title="Insert reshape to 1 × 8 × 8", insert="reshape", parameters={"shape": (1, 8, 8)}),
    )


def test_conv2d_refuses_an_image_without_channels_and_offers_one_channel() -> None:
    found = fault("conv2d", {"x": spec("B", 28, 28)})

    assert [hint.insert for hint in found.hints] == ["unsqueeze"]
    assert outcome("unsqueeze", {"x": spec("B", 28, 28)}, dim=1) == ("B", 1, 28, 28)


def test_conv2d_names_a_kernel_larger_than_the_image() -> None:
    found = fault("conv2d", {"x": spec("B", 1, 4, 4)}, kernel_size=7)

    assert found.message == "The kernel is larger than what it slides over; make it smaller or add padding"


def test_groups_must_divide_channels() -> None:
    found = fault("conv2d", {"x": spec("B", 3, 8, 8)}, out_channels=8, groups=2)

    assert found.found == "3 in, 8 out"
    assert [(hint.set_parameter, hint.to) for hint in found.hints] == [("groups", 1)]


@pytest.mark.parametrize(("size", "wanted"), [("H", "((H - 3)//2) + 1"), ("2*H", "((2*H - 3)//2) + 1"), (9, 4)])
def test_a_convolution_carries_symbols_through(size: Dim, wanted: Dim) -> None:
    found = outcome("conv2d", {"x": spec("B", 1, size, 8)}, out_channels=4, stride=2)

    assert found == ("B", 4, wanted, 3)


def test_flatten_multiplies_sizes_known_or_not() -> None:
    assert outcome("flatten", {"x": spec("B", 4, "T", 2)}) == ("B", "8*T")


def test_reshape_works_out_one_size() -> None:
    assert outcome("reshape", {"x": spec("B", 12, 4)}, shape=(2, 0)) == ("B", 2, 24)
    assert outcome("reshape", {"x": spec("B", "T", 6)}, shape=(0, 3)) == ("B", "2*T", 3)
    assert fault("reshape", {"x": spec("B", 12)}, shape=(5,)).message == (
        "B × 12 holds 12 numbers a sample, the new shape 5"
    )
    assert fault("reshape", {"x": spec("B", 12)}, shape=(0, 0)).message == "Reshape can work out one size only"


def test_permute_wants_every_axis_once() -> None:
    assert outcome("permute", {"x": spec("B", 3, 8)}, dims=(0, -1, 1)) == ("B", 8, 3)
    assert fault("permute", {"x": spec("B", 3)}, dims=(0, 2, 1)).expected == "0, 1"
    assert fault("permute", {"x": spec("B", 3, 8)}, dims=(0, 1, 1)).found == "0, 1, 1"


def test_ceil_mode_wants_known_sizes_where_the_last_window_depends_on_them() -> None:
    image = {"x": spec("B", 1, "H", 8)}

    assert outcome("max_pool2d", image, ceil_mode=True) == ("B", 1, "((H - 1)//2) + 1", 4)
    assert "known" in fault("max_pool2d", image, ceil_mode=True, kernel_size=2, stride=3).message


def test_cross_entropy_gives_one_number() -> None:
    assert outcome("cross_entropy", {"scores": spec("B", 10), "target": spec("B", dtype="int64")}) == ()


def test_cross_entropy_refuses_fewer_scores_than_classes_and_says_how_many_are_needed() -> None:
    target = spec("B", dtype="int64", classes=tuple("0123456789"))
    found = fault("cross_entropy", {"scores": spec("B", 5), "target": target})

    assert found.code == "classes"
    assert found.message == "The data has 10 classes, the network gives 5 scores"
    assert [(hint.set_parameter, hint.to) for hint in found.hints] == [("out_features", 10)]


def test_cross_entropy_offers_flatten_for_scores_that_are_still_an_image() -> None:
    found = fault("cross_entropy", {"scores": spec("B", 10, 1, 1), "target": spec("B", dtype="int64")})

    assert [hint.insert for hint in found.hints] == ["flatten"]


def test_cross_entropy_refuses_real_targets() -> None:
    assert fault("cross_entropy", {"scores": spec("B", 3), "target": spec("B")}).code == "dtype"


def test_a_regression_loss_offers_to_bring_both_sides_to_one_shape() -> None:
    few = fault("mse", {"x": spec("B", 3), "target": spec("B", 1)})
    flat = fault("mse", {"x": spec("B", 1), "target": spec("B")})

    assert (few.code, few.hints) == ("classes", (Hint(title="Give 1 outputs", set_parameter="out_features", to=1),))
    assert [(hint.insert, hint.port) for hint in flat.hints] == [("unsqueeze", "target")]


def test_matmul_names_the_side_that_does_not_fit() -> None:
    found = fault("matmul", {"a": spec("B", 4, 8), "b": spec("B", 4, 8)})

    assert (found.port, found.expected, found.found) == ("b", "… × 8 × m", "B × 4 × 8")


def test_accuracy_wants_a_score_for_each_class_at_each_place() -> None:
    target = spec("B", dtype="int64")

    assert outcome("accuracy", {"scores": spec("B", 3), "target": target}) == {}
    assert fault("accuracy", {"scores": spec("B", 3, 4), "target": target}).port == "scores"
    assert "at least two" in fault("accuracy", {"scores": spec("B", 1), "target": target}).message


def test_an_objective_wants_one_number() -> None:
    assert fault("objective", {"loss": spec("B", 1)}).message == "An objective minimises one number"


def test_output_padding_stays_within_what_the_stride_leaves_open() -> None:
    image = {"x": spec("B", 3, 4, 4)}

    assert fault("conv_transpose2d", image, stride=3, output_padding=3, dilation=4).expected == "at most 2"
    assert outcome("conv_transpose2d", image, stride=3, output_padding=2) == ("B", 32, 14, 14)
