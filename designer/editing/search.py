"""Finding kinds by what a person types; it must not know widgets."""

from __future__ import annotations

from collections.abc import Iterable

from engine.layers.kind import LayerKind


def search_kinds(text: str, kinds: Iterable[LayerKind]) -> tuple[LayerKind, ...]:
    """Find kinds by title, key or alias, best first; all of them in their order for an empty text.

    Args:
        text: What was typed; every word must be found.
        kinds: Where to look.
    """
    words = text.lower().split()
    ranked = ((_rank(kind, words), index, kind) for index, kind in enumerate(kinds))
    return tuple(
        kind for rank, _, kind in sorted((item for item in ranked if item[0] is not None), key=lambda item: item[:2])
    )


def _rank(kind: LayerKind, words: list[str]) -> tuple[int, ...] | None:
    """Rank every word: 0 the whole name, 1 its start, 2 a word's start, 3 inside, 4 in the help; None when one is missing."""
    ranks = tuple(_word_rank(kind, word) for word in words)
    return None if None in ranks else tuple(rank for rank in ranks if rank is not None)


def _word_rank(kind: LayerKind, word: str) -> int | None:
    names = (kind.title.lower(), kind.key.replace("_", " "), kind.key, *(alias.lower() for alias in kind.aliases))
    if word in names:
        return 0
    if any(name.startswith(word) for name in names):
        return 1
    if any(part.startswith(word) for name in names for part in name.split()):
        return 2
    if any(word in name for name in names):
        return 3
    return 4 if len(word) > 2 and word in f"{kind.group} {kind.help.what}".lower() else None
