"""More metrics: of scores per class by counts and by rank, and of images. No torch in here."""

from __future__ import annotations

from engine.layers.kind import Help, LayerKind, Measure
from engine.layers.metrics import DOCS, class_scores, images, metric, numbers


def _of_classes(
    key: str,
    title: str,
    by: str,
    text: tuple[str, str, str],
    *aliases: str,
    average: str = "macro",
    least: int = 2,
    **options: int,
) -> LayerKind:
    """Declare a part of 0 to 1 of scores per class; `text`: what it is, its formula, when it serves."""
    what, formula, when = text
    page = key.removeprefix("top5_") if by != "JaccardIndex" else "jaccard_index"
    return metric(
        key,
        title,
        class_scores(title, least),
        aliases,
        Measure(
            by=f"classification.Multiclass{by}",
            options={"average": average, **options},
            of="classes",
            rises=True,
            within_one=True,
            is_share=average == "micro",
        ),
        Help(
            what=what,
            formula=formula,
            shapes="scores B × C, target B",
            when=when,
            source=f"{DOCS}/classification/{page}.html",
        ),
    )


KINDS = (
    _of_classes(
        "top5_accuracy",
        "Top-5 accuracy",
        "Accuracy",
        (
            "Part of the samples whose true class is among the five highest scores.",
            "found among five / all",
            "For hundreds of classes, some of them nearly alike.",
        ),
        "top-k",
        "error rate",
        average="micro",
        least=5,
        top_k=5,
    ),
    _of_classes(
        "precision",
        "Precision (macro)",
        "Precision",
        (
            "Part of what was taken for a class that is of it, averaged over classes.",
            "P = true positives / all taken for the class",
            "When a false alarm is dear.",
        ),
        "positive predictive value",
    ),
    _of_classes(
        "recall",
        "Recall (macro)",
        "Recall",
        (
            "Part of each class that was found, averaged over classes.",
            "R = true positives / all of the class",
            "When a miss is dear; the accuracy of classes of different size.",
        ),
        "sensitivity",
        "balanced accuracy",
    ),
    _of_classes(
        "iou",
        "IoU (macro)",
        "JaccardIndex",
        (
            "How much of what is or was taken for a class is both, averaged over classes.",
            "IoU = |A ∩ B| / |A ∪ B|",
            "For segmentation, where most pixels are background.",
        ),
        "jaccard",
        "intersection over union",
        "segmentation",
    ),
    _of_classes(
        "auroc",
        "AUROC (macro)",
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
        "Average precision (macro)",
        "AveragePrecision",
        (
            "The mean precision over all recalls of a class, averaged over classes that occur.",
            "AP = Σ (R_n − R_{n−1}) P_n",
            "Where the wanted class is rare.",
        ),
        "map",
        "precision-recall",
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
