"""Foreign names and shapes find their places in ours; what is ambiguous is marked or left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.check.checker import check
from engine.graph.address import key_of
from engine.graph.types import GraphRef
from engine.interchange.mapping import Matched, by_number, match
from engine.project.bundled import read_example
from engine.recipes.expand import expand
from tests.engine.interchange import foreign_nets as foreign
from tests.engine.interchange.foreign_nets import Shape

_PLAIN: Final[dict[str, Shape]] = {
    "conv.weight": (8, 3, 3, 3),
    "conv.bias": (8,),
    "fc.weight": (10, 32),
    "fc.bias": (10,),
}
_GPT2: Final = {
    "tokens": "wte",
    "positions": "wpe",
    "blocks.": "h.",
    "norm1": "ln_1",
    "norm2": "ln_2",
    "attention.out_proj": "attn.c_proj",
    "attention.q_proj": "attn.c_attn",
    "attention.k_proj": "attn.c_attn",
    "attention.v_proj": "attn.c_attn",
    "widen": "mlp.c_fc",
    "narrow": "mlp.c_proj",
    r"^norm\.": "ln_f.",
}
_BERT: Final = {
    "tokens": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "sides": "embeddings.token_type_embeddings",
    r"^norm\.": "embeddings.LayerNorm.",
    "layers.": "encoder.layer.",
    "out_proj": "output.dense",
    "q_proj": "self.query",
    "k_proj": "self.key",
    "v_proj": "self.value",
    "norm1": "attention.output.LayerNorm",
    "norm2": "output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "pooler": "pooler.dense",
}
_VIT: Final = {
    "patches": "patch_embed.proj",
    "class_token.weight": "cls_token",
    "positions.weight": "pos_embed",
    "attention.out_proj": "attn.proj",
    "attention.[qkv]_proj": "attn.qkv",
    "widen": "mlp.fc1",
    "narrow": "mlp.fc2",
}
_VGG: Final = {
    **{"11": 0, "12": 2, "21": 5, "22": 7, "31": 10, "32": 12, "33": 14},
    **{"41": 17, "42": 19, "43": 21, "51": 24, "52": 26, "53": 28},
}


def _renamed(names: Mapping[str, str]) -> Callable[[str], str]:
    def name(key: str) -> str:
        for ours, theirs in names.items():
            key = re.sub(ours, theirs, key)
        return key

    return name


def _as_resnet18(key: str) -> str:
    key = re.sub(r"^(layer\d)\.(?=[a-z])", r"\1.1.", key)
    return _renamed({"_down": ".0", "project": "downsample.0", "bn3": "downsample.1"})(key)


def _as_resnet50(key: str) -> str:
    key = re.sub(r"^(layer\d)\.(\d)", lambda found: f"{found[1]}.{int(found[2]) + 1}", key)
    return _renamed({"_first": ".0", "project": "downsample.0", "bn4": "downsample.1"})(key)


def _as_vgg16(key: str) -> str:
    key = re.sub(r"block(\d)\.conv(\d)", lambda found: f"features.{_VGG[found[1] + found[2]]}", key)
    return re.sub(r"fc(\d)", lambda found: f"classifier.{3 * (int(found[1]) - 1)}", key)


def template(name: str) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """Shapes of a template's tensors, and of those that are tied."""
    project = expand(read_example(name))
    signature = check(project).graphs[GraphRef("networks", name)].signature
    assert signature is not None
    every = {key_of(weight.name): weight.shape for weight in signature.weights()}
    tied = {key_of(address) for address in project.networks[name].ties}
    return {k: v for k, v in every.items() if k not in tied}, {k: v for k, v in every.items() if k in tied}


def sources(found: Matched) -> dict[str, str]:
    return {row.key: row.source for row in found.rows}


def how(found: Matched) -> dict[str, str]:
    return {row.key: row.words for row in found.rows}


@pytest.mark.parametrize("sorted_by_name", [False, True])
@pytest.mark.parametrize(
    ("name", "theirs", "true"),
    [
        ("resnet18", foreign.resnet18(), _as_resnet18),
        ("resnet50", foreign.resnet50(), _as_resnet50),
        ("vgg16", foreign.vgg16(), _as_vgg16),
        ("gpt2_small", foreign.gpt2(), _renamed(_GPT2)),
        ("bert_base", foreign.bert(), _renamed(_BERT)),
        ("vit_b_16", foreign.vit_b_16(), _renamed(_VIT)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_template_finds_every_tensor_of_the_published_weights(
    name: str, theirs: dict[str, Shape], true: Callable[[str], str], sorted_by_name: bool
) -> None:
    ours, tied = template(name)
    there = {key: theirs[key] for key in by_number(theirs)} if sorted_by_name else theirs

    found = match(ours, there, tied)

    assert found.missing == ()
    assert found.left_over == ()
    assert sources(found) == {key: true(key) for key in ours}


def test_conv1d_is_turned_round_and_cut_into_queries_keys_and_values_also_where_it_is_square() -> None:
    found = how(match(*_gpt2(foreign.gpt2())))

    assert found["blocks.3.attention.q_proj.weight"] == "order, transposed, part 1 of 3"
    assert found["blocks.3.attention.v_proj.bias"] == "order, part 3 of 3"
    assert found["blocks.3.attention.out_proj.weight"] == "order, transposed"
    assert found["blocks.3.widen.weight"] == "order, transposed"
    assert found["blocks.3.norm1.weight"] == "order"


def test_a_tied_head_and_masks_in_the_file_are_no_harm() -> None:
    theirs = foreign.gpt2(prefix="transformer.", head=True, masks=True)

    found = match(*_gpt2(theirs))

    assert found.missing == ()
    assert sources(found)["tokens.weight"] == "transformer.wte.weight"
    assert len(found.left_over) == 24
    assert all(key.endswith(("attn.bias", "attn.masked_bias")) for key in found.left_over)


def test_heads_that_stand_beside_a_network_in_its_file_are_left_over() -> None:
    ours, tied = template("bert_base")

    found = match(ours, foreign.bert(heads=True), tied)

    assert found.missing == ()
    assert sources(found) == {key: f"bert.{_renamed(_BERT)(key)}" for key in ours}
    assert all(key.startswith("cls.") for key in found.left_over)


def _gpt2(theirs: dict[str, Shape]) -> tuple[dict[str, Shape], dict[str, Shape], dict[str, Shape]]:
    ours, tied = template("gpt2_small")
    return ours, theirs, tied


@st.composite
def _stages(draw: st.DrawFn) -> tuple[dict[str, Shape], dict[str, Shape], dict[str, str]]:
    """Draw a network of stages, as we name it and as others do, who count the first block of a stage with the rest."""
    drawn = draw(st.lists(st.tuples(st.sampled_from((4, 8)), st.integers(1, 4), st.booleans()), min_size=1, max_size=4))
    theirs_of = draw(st.sampled_from(("stage{}.{}", "model.stage{}.{}", "net.{}.{}", "features.{}.{}")))
    inner = draw(st.sampled_from((("conv1", "bn1", "conv2"), ("0", "1", "3"), ("c", "norm", "d"))))
    ours, theirs, true, inputs = dict[str, Shape](), dict[str, Shape](), dict[str, str](), 3
    for stage, (width, blocks, split) in enumerate(drawn):
        for block in range(blocks):
            first = split and block == 0
            here = f"stage{stage}_first" if first else f"stage{stage}.{block - split}"
            there = theirs_of.format(stage, block)
            for mine, other in zip(("conv1", "bn1", "conv2"), inner, strict=True):
                size = (width,) if mine == "bn1" else (width, inputs if mine == "conv1" else width, 3, 3)
                for role, shape in (("weight", size), ("bias", (width,))):
                    ours[f"{here}.{mine}.{role}"] = theirs[f"{there}.{other}.{role}"] = shape
                    true[f"{here}.{mine}.{role}"] = f"{there}.{other}.{role}"
            inputs = width
    return ours, theirs, true


@given(_stages())
def test_whoever_counts_blocks_otherwise_is_understood(
    drawn: tuple[dict[str, Shape], dict[str, Shape], dict[str, str]],
) -> None:
    ours, theirs, true = drawn

    found = match(ours, theirs)

    assert found.missing == ()
    assert sources(found) == true


@given(_stages(), st.data())
def test_what_a_file_lacks_is_missing_and_no_other_name_is_taken_for_it(
    drawn: tuple[dict[str, Shape], dict[str, Shape], dict[str, str]], data: st.DataObject
) -> None:
    ours, theirs, true = drawn
    gone = data.draw(st.sampled_from([key for key in theirs if key.endswith("weight")]))
    module = gone.removesuffix(".weight")
    rest = {key: shape for key, shape in theirs.items() if not key.startswith(f"{module}.")}

    found = match(ours, rest)

    assert found.missing
    assert [row for row in found.rows if row.how in ("suffix", "order") and row.source != true[row.key]] == []


def test_equal_keys_are_exact_in_any_order() -> None:
    found = match(_PLAIN, dict(reversed(_PLAIN.items())))

    assert sources(found) == {key: key for key in _PLAIN}
    assert set(how(found).values()) == {"exact"}
    assert found.by_order == ()


@pytest.mark.parametrize("prefix", ["module.", "model.", "module.model.", "transformer."])
def test_a_prefix_of_theirs_is_dropped(prefix: str) -> None:
    alike = {**_PLAIN, "more.weight": (8, 3, 3, 3), "more.bias": (8,)}
    theirs = {f"{prefix}{key}": shape for key, shape in reversed(alike.items())}

    found = match(alike, theirs)

    assert sources(found) == {key: f"{prefix}{key}" for key in alike}
    assert set(how(found).values()) == {"prefix"}


def test_a_prefix_of_ours_is_dropped() -> None:
    ours = {f"net.{key}": shape for key, shape in _PLAIN.items()}

    found = match(ours, _PLAIN)

    assert sources(found) == {f"net.{key}": key for key in _PLAIN}
    assert set(how(found).values()) == {"prefix"}


def test_a_common_end_of_names_tells_apart_what_has_one_shape() -> None:
    ours = {"a.stem.weight": (4, 4), "b.last.weight": (4, 4)}
    theirs = {"x.stem.weight": (4, 4), "y.z.last.weight": (4, 4)}

    found = match(ours, theirs)

    assert sources(found) == {"a.stem.weight": "x.stem.weight", "b.last.weight": "y.z.last.weight"}
    assert set(how(found).values()) == {"suffix"}


def test_a_number_alone_is_no_name() -> None:
    ours = {"a.0.weight": (4, 4), "a.1.weight": (4, 4)}
    theirs = {"b.1.weight": (4, 4), "c.0.weight": (4, 4)}

    found = match(ours, theirs)

    assert sources(found) == {"a.0.weight": "b.1.weight", "a.1.weight": "c.0.weight"}
    assert set(how(found).values()) == {"order"}


def test_names_that_contradict_the_order_are_not_believed() -> None:
    ours = {f"{name}.conv.weight": (4, 4) for name in ("first", "layer.0", "layer.1")}
    theirs = {f"layer.{block}.conv.weight": (4, 4) for block in range(3)}

    found = match(ours, theirs)

    assert list(sources(found).values()) == list(theirs)
    assert set(how(found).values()) == {"order"}


def test_what_cannot_be_told_apart_is_missing_with_its_reason() -> None:
    ours = {"a.weight": (4, 4), "b.weight": (4, 4)}
    theirs = {"x.weight": (4, 4), "y.weight": (4, 4), "z.weight": (4, 4)}

    found = match(ours, theirs)

    assert found.rows == ()
    assert [gone.why for gone in found.missing] == [
        "2 here and 3 there have this shape, and no name tells which: x.weight, y.weight, z.weight"
    ] * 2
    assert found.left_over == tuple(theirs)


def test_missing_and_left_over_tensors_are_named() -> None:
    theirs = {key: shape for key, shape in _PLAIN.items() if key != "conv.bias"} | {"extra.weight": (5, 5)}

    found = match(_PLAIN, theirs)

    assert sources(found) == {key: key for key in _PLAIN if key != "conv.bias"}
    assert [(gone.key, gone.why) for gone in found.missing] == [("conv.bias", "nothing there has this shape")]
    assert found.left_over == ("extra.weight",)


def test_a_tensor_of_another_shape_is_not_taken() -> None:
    found = match(_PLAIN, {**_PLAIN, "fc.weight": (1000, 32), "fc.bias": (1000,)})

    assert [(gone.key, gone.why) for gone in found.missing] == [
        ("fc.weight", "there it is 1000 × 32"),
        ("fc.bias", "there it is 1000"),
    ]
    assert found.left_over == ("fc.weight", "fc.bias")


def test_a_transposed_matrix_is_found_with_and_without_its_bias() -> None:
    turned = {**_PLAIN, "fc.weight": (32, 10)}
    bare = {"fc.weight": (10, 32)}

    assert how(match(_PLAIN, turned))["fc.weight"] == "exact, transposed"
    assert how(match(bare, {"fc.weight": (32, 10)})) == {"fc.weight": "exact, transposed"}


def test_a_bias_of_a_normalisation_is_not_taken_for_that_of_a_convolution() -> None:
    norm = dict(foreign.norm("norm", 8))
    ours = {"conv.weight": (8, 3, 3, 3), "conv.bias": (8,), **norm}
    theirs = {**{f"x.{key}": shape for key, shape in norm.items()}, "y.weight": (8, 3, 3, 3), "y.bias": (8,)}

    found = match(ours, theirs)

    assert found.missing == ()
    assert sources(found)["conv.bias"] == "y.bias"
    assert sources(found)["norm.bias"] == "x.norm.bias"


def test_counters_that_an_old_file_lacks_start_at_nought() -> None:
    ours, tied = template("resnet18")
    theirs = {key: shape for key, shape in foreign.resnet18().items() if not key.endswith("num_batches_tracked")}

    found = match(ours, theirs, tied)

    assert found.missing == ()
    assert len(found.filled) == 20
    assert all(key.endswith("num_batches_tracked") for key in found.filled)


def test_old_names_of_a_normalisation_are_known() -> None:
    found = match({"norm.weight": (8,), "norm.bias": (8,)}, {"norm.gamma": (8,), "norm.beta": (8,)})

    assert sources(found) == {"norm.weight": "norm.gamma", "norm.bias": "norm.beta"}


def test_a_network_that_holds_queries_keys_and_values_in_one_takes_them_whole() -> None:
    shapes = {"attention.in_proj_weight": (12, 4), "attention.in_proj_bias": (12,)}

    found = match(shapes, {f"model.{key}": shape for key, shape in shapes.items()})

    assert set(how(found).values()) == {"prefix"}


def test_numbers_in_names_count_as_numbers() -> None:
    assert by_number(["h.10.a", "h.2.a", "g", "h.2"]) == ["g", "h.2", "h.2.a", "h.10.a"]
