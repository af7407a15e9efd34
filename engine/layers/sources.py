"""Data sources as kinds: what they are called, what they give and which file of `engine.sources` reads them. No numpy.

What a source gives is known from its snapshot, which the check reads; the rules here only answer for a missing one.
"""

from __future__ import annotations

from engine.errors import BuildError
from engine.graph.specs import TensorSpec
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Role, SourceCode, Specs
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, Param, TextParam, TextsParam, Values


def _no_data(values: Values, inputs: Specs) -> TensorSpec | Fault:
    return Fault(
        message="Nothing is known of this data yet: choose data", expected="a data source", code="no-data", port=""
    )


def _emit_nothing(use: Emit) -> Code:
    raise BuildError("a data source is read, not called")


_BATCHING: tuple[Param, ...] = (
    IntParam(
        name="batch_size",
        title="Batch size",
        of_use=True,
        default=32,
        high=2**20,
        unit="samples",
        help="Samples of one training step",
    ),
    FloatParam(
        name="validation",
        of_use=True,
        title="Validation part",
        default=0.16,
        low=0.0,
        high=0.9,
        help="Part kept to choose by",
    ),
    FloatParam(
        name="test",
        of_use=True,
        title="Test part",
        default=0.2,
        low=0.0,
        high=0.9,
        help="Part kept to measure at the end",
    ),
)
_STRATIFY = BoolParam(
    name="stratify", of_use=True, title="Stratify", default=True, help="Whether every part has the same mix of classes"
)
_PATH = TextParam(name="path", title="File", form="path", help="Path, from the project's folder on")


def _kind(
    key: str,
    title: str,
    text: Help,
    outputs: tuple[str, ...],
    *,
    code: SourceCode | None = None,
    parameters: tuple[Param, ...] = (),
    classes: bool = True,
) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="data",
        group="Data",
        aliases=("data", "source"),
        help=text,
        role=Role.SOURCE,
        parameters=(*parameters, *_BATCHING, *((_STRATIFY,) if classes else ())),
        inputs=(),
        outputs=tuple(Port(name) for name in outputs),
        infer=_no_data,
        emit=_emit_nothing,
        spaces=("training",),
        code=code or SourceCode(module="bundled", function=key),
    )


def _images_beside(name: str) -> str:
    """Name MNIST's file of images from that of its labels, or from its own."""
    return name.replace("labels", "images").replace("idx1", "idx3")


def _labels_beside(name: str) -> str:
    """Name MNIST's file of labels from that of its images, or from its own."""
    return name.replace("images", "labels").replace("idx3", "idx1")


_SKLEARN = "scikit-learn, https://scikit-learn.org/stable/datasets/toy_dataset.html"

KINDS = (
    _kind(
        "digits",
        "Digits",
        Help(
            what="1,797 handwritten digits, 8 × 8 pixels of 0 to 16, ten classes. Comes with scikit-learn.",
            shapes="image B × 1 × 8 × 8, digit B (int64)",
            when="To try anything for images in seconds.",
            source=_SKLEARN,
        ),
        ("image", "digit"),
    ),
    _kind(
        "wine",
        "Wine",
        Help(
            what="178 wines by 13 chemical measures, three growers. Comes with scikit-learn.",
            shapes="features B × 13, wine B (int64)",
            when="To try classification of tables.",
            source=_SKLEARN,
        ),
        ("features", "wine"),
    ),
    _kind(
        "breast_cancer",
        "Breast cancer",
        Help(
            what="569 tumours by 30 measures of cell nuclei, malignant or benign. Comes with scikit-learn.",
            shapes="features B × 30, diagnosis B (int64)",
            when="To try two classes with features of very different scales.",
            source=_SKLEARN,
        ),
        ("features", "diagnosis"),
    ),
    _kind(
        "iris",
        "Iris",
        Help(
            what="150 irises by four lengths, three species. Comes with scikit-learn.",
            shapes="features B × 4, species B (int64)",
            when="The smallest real classification.",
            source=_SKLEARN,
        ),
        ("features", "species"),
    ),
    _kind(
        "diabetes",
        "Diabetes",
        Help(
            what="442 patients by ten measures; how far the disease went in a year. Comes with scikit-learn.",
            shapes="features B × 10, progression B × 1",
            when="To try regression.",
            source=_SKLEARN,
        ),
        ("features", "progression"),
        classes=False,
    ),
    _kind(
        "csv",
        "Table (CSV)",
        Help(
            what="A table from a text file: numbers as they are, words as one column per value, missing values as NaN.",
            shapes="features B × columns, target B (int64) or B × targets",
            when="For your own table. Fill and standardise it before the network.",
            source="RFC 4180, https://www.rfc-editor.org/rfc/rfc4180",
        ),
        ("features", "target"),
        code=SourceCode(module="table", function="load", endings=(".csv", ".tsv", ".txt"), opens={"path": str}),
        parameters=(
            _PATH,
            TextsParam(
                name="targets", title="Target columns", help="Columns to predict; the last one when none is named"
            ),
            TextsParam(name="leave_out", title="Left out", help="Columns that are not used"),
            ChoiceParam(
                name="task",
                title="Target is",
                default="auto",
                choices=("auto", "class", "number"),
                help="auto: words and few whole numbers are classes",
            ),
            ChoiceParam(
                name="delimiter",
                title="Delimiter",
                default="auto",
                choices=("auto", "comma", "semicolon", "tab", "space"),
                help="What stands between columns",
            ),
            ChoiceParam(
                name="header",
                title="Header",
                default="auto",
                choices=("auto", "yes", "no"),
                help="Whether the first row names the columns",
            ),
        ),
    ),
    _kind(
        "npz",
        "Arrays (NPZ)",
        Help(
            what="Two arrays of a NumPy archive; the first axis counts the samples.",
            shapes="features B × …, target B (int64) or B × …",
            when="For data that a script of yours has prepared.",
            source="https://numpy.org/doc/stable/reference/generated/numpy.load.html",
        ),
        ("features", "target"),
        code=SourceCode(module="arrays", function="load", endings=(".npz",), opens={"path": str}),
        parameters=(
            _PATH,
            TextParam(name="features", title="Features", default="x", help="Name of the array that goes in"),
            TextParam(name="target", title="Target", default="y", help="Name of the array to predict"),
        ),
    ),
    _kind(
        "idx",
        "Images (IDX)",
        Help(
            what="Images and labels in the format of MNIST, plain or .gz.",
            shapes="image B × 1 × H × W, label B (int64)",
            when="For MNIST, Fashion-MNIST, KMNIST and their like.",
            source="LeCun, Cortes, Burges: The MNIST database, 1998",
        ),
        ("image", "label"),
        code=SourceCode(
            module="idx",
            function="load",
            endings=("ubyte", ".idx"),
            opens={"images": _images_beside, "labels": _labels_beside},
        ),
        parameters=(
            TextParam(name="images", title="Images", form="path", help="File of images (idx3-ubyte)"),
            TextParam(name="labels", title="Labels", form="path", help="File of labels (idx1-ubyte)"),
        ),
    ),
    _kind(
        "ring",
        "Ring of blobs",
        Help(
            what="Points around equally spaced centres on a circle, made from a seed.",
            shapes="point B × 2",
            when="To see whether a generator finds every mode.",
            source="Metz et al.: Unrolled GANs, 2016, arXiv:1611.02163, section 3.1",
        ),
        ("point",),
        code=SourceCode(module="ring", function="load"),
        parameters=(
            IntParam(name="samples", title="Samples", default=2000, low=16, high=10**6, help="How many points"),
            IntParam(name="modes", title="Modes", default=8, low=1, high=100, help="How many centres"),
            FloatParam(
                name="radius", title="Radius", default=2.0, low=0.0, open_low=True, high=1e6, help="Of the circle"
            ),
            FloatParam(
                name="spread",
                title="Spread",
                default=0.02,
                low=0.0,
                high=1e6,
                help="Standard deviation around each centre",
            ),
            IntParam(
                name="generator_seed", title="Seed", default=0, low=0, help="Of the points; the run's seed splits them"
            ),
        ),
        classes=False,
    ),
)
