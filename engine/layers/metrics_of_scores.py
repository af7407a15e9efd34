"""More metrics: of scores per class by counts and by rank, and of images. No torch in here."""

from __future__ import annotations

from engine.layers.kind import Help, LayerKind, Measure
from engine.layers.metrics import AVERAGE, DOCS, class_scores, images, metric, numbers
from engine.layers.params import ChoiceParam, IntParam, Param


def _of_classes(
    key: str,
    title: str,
    by: str,
    text: tuple[str, str, str],
    *aliases: str,
    page: str = "",
    parameters: tuple[Param, ...] = (),
    each: bool = False,
) -> LayerKind:
    """Declare a part of 0 to 1 of scores per class; `text`: what it is, its formula, when it serves."""
    what, formula, when = text
    fixed = {} if AVERAGE in parameters else {"average": "none" if each else "macro"}
    return metric(
        key,
        title,
        class_scores(title),
        aliases,
        Measure(
            by=f"classification.Multiclass{by}", options=fixed, of="classes", each=each, rises=True, within_one=True
        ),
        Help(
            what=what,
            formula=formula,
            shapes="scores B × C, target B",
            when=when,
            source=f"{DOCS}/classification/{page or key}.html",
        ),
        parameters,
    )


KINDS = (
    metric(
        "top_k_accuracy",
        "Top-k accuracy",
        class_scores("Top-k accuracy", least="k"),
        ("top_k_accuracy", "top-5", "error rate"),
        Measure(
            by="classification.MulticlassAccuracy",
            options={"average": "micro"},
            words={"k": "top_k"},
            of="classes",
            rises=True,
            within_one=True,
            is_share=True,
        ),
        Help(
            what="Part of the samples whose true class is among the k highest scores.",
            formula="found among k / all",
            shapes="scores B × C, target B, C of at least k",
            when="For hundreds of classes, some of them nearly alike.",
            source=f"{DOCS}/classification/accuracy.html",
        ),
        (IntParam(name="k", title="k", default=5, help="How many of the highest scores count", high=2**20),),
    ),
    _of_classes(
        "precision",
        "Precision",
        "Precision",
        (
            "Part of what was taken for a class that is of it, averaged over classes.",
            "P = true positives / all taken for the class",
            "When a false alarm is dear.",
        ),
        "positive predictive value",
        parameters=(AVERAGE,),
    ),
    _of_classes(
        "recall",
        "Recall",
        "Recall",
        (
            "Part of each class that was found, averaged over classes.",
            "R = true positives / all of the class",
            "When a miss is dear.",
        ),
        "sensitivity",
        parameters=(AVERAGE,),
    ),
    _of_classes(
        "balanced_accuracy",
        "Balanced accuracy",
        "Accuracy",
        (
            "The mean over classes of the part of each that was found; one that is taken and never occurs counts as 0.",
            "mean over classes of correct / all of the class",
            "For classes of different size: who always takes the largest is as bad as a guesser.",
        ),
        "macro accuracy",
        "mean per-class accuracy",
        page="accuracy",
    ),
    _of_classes(
        "iou",
        "IoU",
        "JaccardIndex",
        (
            "How much of what is or was taken for a class is both, averaged over classes.",
            "IoU = |A ∩ B| / |A ∪ B|",
            "For segmentation, where most pixels are background.",
        ),
        "jaccard",
        "intersection over union",
        "segmentation",
        page="jaccard_index",
        parameters=(AVERAGE,),
    ),
    _of_classes(
        "auroc",
        "AUROC",
        "AUROC",
        (
            "The chance that a sample of a class has a higher score for it than one of another class.",
            "area under true over false positive rate",
            "When the threshold is chosen later; a class that never occurs counts as 0.",
        ),
        "roc",
        "auc",
        "area under curve",
    ),
    _of_classes(
        "average_precision",
        "Average precision",
        "AveragePrecision",
        (
            "The mean precision over all recalls of a class, averaged over classes that occur.",
            "AP = Σ (R_n − R_{n−1}) P_n",
            "Where the wanted class is rare.",
        ),
        "map",
        "precision-recall",
        each=True,
    ),
    metric(
        "matthews",
        "Matthews correlation",
        class_scores("Matthews correlation"),
        ("mcc", "phi"),
        Measure(by="classification.MulticlassMatthewsCorrCoef", of="labels", rises=True),
        Help(
            what="How what is taken for a class goes with what is of it: 1 is perfect, 0 as good as always the same answer.",
            formula="(n · correct − Σ t_c p_c) / √((n² − Σ p_c²)(n² − Σ t_c²))",
            shapes="scores B × C, target B",
            when="For classes of very different size, in one number.",
            source=f"{DOCS}/classification/matthews_corr_coef.html",
        ),
    ),
    metric(
        "cohen_kappa",
        "Cohen's kappa",
        class_scores("Cohen's kappa"),
        ("agreement", "quadratic weighted kappa"),
        Measure(by="classification.MulticlassCohenKappa", of="labels", rises=True),
        Help(
            what="How much more two judges agree than by chance: 1 is always, 0 as often as chance has it.",
            formula="κ = (p_agree − p_chance) / (1 − p_chance)",
            shapes="scores B × C, target B",
            when="For grades: with weights, a grade nearby is no great fault.",
            source=f"{DOCS}/classification/cohen_kappa.html",
        ),
        (
            ChoiceParam(
                name="weights",
                title="Weights",
                default="none",
                choices=("none", "linear", "quadratic"),
                help="How a fault grows with the distance between two classes; none: all faults count the same",
            ),
        ),
    ),
    metric(
        "calibration_error",
        "Calibration error",
        class_scores("Calibration error"),
        ("ece", "confidence", "reliability"),
        Measure(by="classification.MulticlassCalibrationError", of="classes", within_one=True),
        Help(
            what="How far the highest chance of a sample is from how often it is right, over bins of chances; 0 is honest.",
            formula="Σ over bins of share · |part that is right − mean chance|",
            shapes="scores B × C, target B",
            when="When people act on how sure a network is.",
            source=f"{DOCS}/classification/calibration_error.html",
        ),
        (
            IntParam(name="n_bins", title="Bins", default=15, help="Number of bins from 0 to 1", high=10_000),
            ChoiceParam(
                name="norm",
                title="Norm",
                default="l1",
                choices=("l1", "l2", "max"),
                help="l1: the mean over bins; l2: the root of the mean square; max: the worst bin",
            ),
        ),
    ),
    metric(
        "perplexity",
        "Perplexity",
        class_scores("Perplexity"),
        ("language model", "surprise"),
        Measure(by="text.Perplexity", of="rows"),
        Help(
            what="How many equally likely tokens a model hesitates between: e to the mean cross-entropy.",
            formula="e^(−mean log softmax(scores)[target])",
            shapes="scores B × C × T, target B × T",
            when="For language models.",
            source=f"{DOCS}/text/perplexity.html",
        ),
    ),
    metric(
        "psnr",
        "PSNR",
        numbers("PSNR"),
        ("peak signal-to-noise", "decibel", "restoration"),
        Measure(by="image.PeakSignalNoiseRatio", options={"data_range": 1.0}, of="numbers", rises=True),
        Help(
            what="How small the error of images from 0 to 1 is, in decibels.",
            formula="−10 log₁₀ mean (x − t)²",
            shapes="x, target of one shape",
            when="For images that are restored, compressed or enlarged.",
            source=f"{DOCS}/image/peak_signal_noise_ratio.html",
        ),
    ),
    metric(
        "ssim",
        "SSIM",
        images("SSIM"),
        ("structural similarity", "restoration"),
        Measure(by="image.StructuralSimilarityIndexMeasure", options={"data_range": 1.0}, of="images", rises=True),
        Help(
            what="How alike images from 0 to 1 look: brightness, contrast and structure in windows of 11 × 11.",
            formula="mean (2 μ_x μ_t + c₁)(2 σ_xt + c₂) / ((μ_x² + μ_t² + c₁)(σ_x² + σ_t² + c₂))",
            shapes="x, target B × C × H × W",
            when="For images that are restored, compressed or enlarged, as people see them.",
            source=f"Wang et al., 2004; {DOCS}/image/structural_similarity.html",
        ),
    ),
)
