"""Things are found by where they stand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from designer.canvas.index import ChunkIndex

edges = st.floats(-9000, 9000, allow_nan=False)
sizes = st.floats(0, 5000, allow_nan=False)
rects = st.builds(QRectF, edges, edges, sizes, sizes)


def _meets(first: QRectF, second: QRectF) -> bool:
    return (
        first.left() <= second.right()
        and first.right() >= second.left()
        and first.top() <= second.bottom()
        and first.bottom() >= second.top()
    )


@settings(max_examples=60, deadline=None)
@given(held=st.lists(rects, max_size=12), asked=rects)
def test_exactly_what_meets_a_rectangle_is_found(held: list[QRectF], asked: QRectF) -> None:
    index: ChunkIndex[int] = ChunkIndex()
    for number, rect in enumerate(held):
        index.put(number, rect)

    assert sorted(index.touching(asked)) == [number for number, rect in enumerate(held) if _meets(rect, asked)]


def test_a_flat_thing_is_found() -> None:
    index: ChunkIndex[str] = ChunkIndex()
    index.put("wire", QRectF(0, 10, 300, 0))

    assert index.at(QPointF(150, 12), 3.0) == ["wire"]


def test_a_thing_that_moved_is_found_where_it_is_only() -> None:
    index: ChunkIndex[str] = ChunkIndex()
    index.put("card", QRectF(0, 0, 10, 10))
    index.put("card", QRectF(5000, 0, 10, 10))

    assert index.at(QPointF(5, 5)) == []
    assert index.at(QPointF(5005, 5)) == ["card"]
    assert index.bounds() == QRectF(5000, 0, 10, 10)


def test_a_thing_that_was_dropped_is_gone() -> None:
    index: ChunkIndex[str] = ChunkIndex()
    index.put("card", QRectF(0, 0, 10, 10))
    index.drop("card")
    index.drop("card")

    assert len(index) == 0
    assert index.bounds().isEmpty()


def test_what_spans_a_huge_part_of_the_canvas_is_put_found_and_dropped_at_once() -> None:
    index: ChunkIndex[str] = ChunkIndex()
    index.put("far", QRectF(0, 0, 1e9, 1e9))
    index.put("near", QRectF(0, 0, 10, 10))

    assert sorted(index.at(QPointF(5, 5))) == ["far", "near"]
    assert index.at(QPointF(5e8, 5e8)) == ["far"]
    index.drop("far")
    assert index.at(QPointF(5e8, 5e8)) == []
