"""Losses of sequences whose parts are not lined up: CTC. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers.emission import call, method, name, sequence
from engine.layers.kind import Code, Emit, Fault, Hint, Port, Specs
from engine.layers.losses_of_numbers import loss
from engine.layers.params import IntParam, Values
from engine.layers.rules import FUNCTIONAL, need_float, size_of


def _ctc(values: Values, inputs: Specs) -> TensorSpec | Fault:
    scores, target, lengths = inputs["scores"], inputs["target"], inputs.get("lengths")
    if scores.rank != 3:
        return Fault(
            message="CTC needs one score per class for every step",
            expected="B × T × classes",
            found=shape_text(scores),
            port="scores",
        )
    if fault := need_float(scores, "CTC", "scores") or _target_fault(scores, target):
        return fault
    if isinstance(scores.shape[2], int) and values.integer("blank") >= scores.shape[2]:
        return Fault(
            message=f"The blank is a class: there are {scores.shape[2]} of them",
            expected=f"less than {scores.shape[2]}",
            found=str(values.integer("blank")),
            port="scores",
            code="parameter",
            hints=(Hint(title="Use class 0", set_parameter="blank", to=0, port="scores"),),
        )
    if lengths is not None and (lengths.dtype != "int64" or lengths.shape != scores.shape[:1]):
        return Fault(
            message="CTC needs the number of steps of every sample (int64)",
            expected=f"{scores.shape[0]} (int64)",
            found=f"{shape_text(lengths)} ({lengths.dtype})",
            port="lengths",
        )
    return TensorSpec(shape=())


def _target_fault(scores: TensorSpec, target: TensorSpec) -> Fault | None:
    fits = target.rank == 2 and same(target.shape[0], scores.shape[0]) is True
    if target.dtype != "int64" or not fits:
        return Fault(
            message="CTC needs a row of class numbers (int64) for every sample, filled up with blanks",
            expected=f"{scores.shape[0]} × S (int64)",
            found=f"{shape_text(target)} ({target.dtype})",
            port="target",
        )
    steps, wanted = scores.shape[1], target.shape[1]
    if isinstance(steps, int) and isinstance(wanted, int) and wanted > steps:
        return Fault(
            message=f"{steps} steps cannot spell {wanted} classes: CTC needs a step for each of them",
            expected=f"at most {steps} classes, or more steps",
            found=str(wanted),
            port="target",
        )
    return None


def _emit_ctc(use: Emit) -> Code:
    scores, target, blank = use.names["scores"], use.names["target"], use.values.integer("blank")
    batch, steps, _ = use.specs["scores"].shape
    lengths = use.names.get("lengths") or method(
        scores, "new_full", sequence((size_of(batch, use),)), size_of(steps, use), dtype=name("torch.int64")
    )
    forward = call(
        "F.ctc_loss",
        method(call("F.log_softmax", scores, dim=-1), "transpose", 0, 1),
        target,
        lengths,
        method(method(target, "ne", blank), "sum", 1),
        **({"blank": blank} if blank else {}),
        zero_infinity=True,
    )
    return Code(forward=forward, imports=(FUNCTIONAL,))


KINDS = (
    loss(
        "ctc",
        "CTC",
        "CTCLoss",
        (
            "How surprised the scores of many steps are by a shorter row of classes, however it is spread over the steps. "
            "Softmax is built in; rows are filled up with the blank, and rows that cannot be spelled count as 0.",
            "loss = −mean log Σ over spellings Π softmax(scores)",
            "For speech and handwriting, where nobody has said which step is which letter.",
        ),
        infer=_ctc,
        emit=_emit_ctc,
        calls=("F.ctc_loss", "F.log_softmax", ".transpose", ".new_full", "torch.int64", ".ne", ".sum"),
        aliases=("connectionist temporal classification", "speech", "alignment"),
        inputs=(
            Port("scores"),
            Port("target", help="Class numbers, filled up with the blank"),
            Port("lengths", optional=True, help="How many steps of each sample count; all of them if nothing is said"),
        ),
        parameters=(
            IntParam(name="blank", title="Blank", default=0, low=0, high=2**20, help="Class that stands for no letter"),
        ),
        no_onnx="torch.onnx cannot write the CTC loss; export the network without it",
    ),
)
