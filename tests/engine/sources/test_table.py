"""Tables as people write them, and what is said of those that are no use."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from engine.sources import table


def _file(folder: Path, text: str, name: str = "t.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_numbers_words_and_missing_values_become_columns(tmp_path: Path) -> None:
    _file(tmp_path, "age,town,price\n30,Bern,1.5\n,Basel,2.5\n50,Bern,3.25\n")
    found = table.read(str(tmp_path), "t.csv", targets=["price"])

    assert found.columns == ("age", "town=Basel", "town=Bern")
    assert np.array_equal(
        found.features, np.array([[30, 0, 1], [np.nan, 1, 0], [50, 0, 1]], np.float32), equal_nan=True
    )
    assert found.target.tolist() == [[1.5], [2.5], [3.25]]
    assert found.classes == ()


def test_words_to_predict_become_classes_in_alphabetical_order(tmp_path: Path) -> None:
    _file(tmp_path, "x,kind\n1,oak\n2,ash\n3,oak\n4,elm\n")
    found = table.read(str(tmp_path), "t.csv")

    assert found.classes == ("ash", "elm", "oak")
    assert found.target.tolist() == [2, 0, 2, 1]
    assert found.target.dtype == np.int64


def test_few_whole_numbers_to_predict_become_classes_in_their_order(tmp_path: Path) -> None:
    _file(tmp_path, "x,k\n" + "".join(f"{n},{n % 3 * 5}\n" for n in range(12)))

    assert table.read(str(tmp_path), "t.csv").classes == ("0", "5", "10")


def test_whole_numbers_are_numbers_when_the_task_says_so(tmp_path: Path) -> None:
    _file(tmp_path, "x,k\n" + "".join(f"{n},{n % 3}\n" for n in range(12)))

    assert table.read(str(tmp_path), "t.csv", task="number").target.shape == (12, 1)


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_the_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    _file(tmp_path, mark.join("abc") + "\n" + mark.join("123") + "\n" + mark.join("456") + "\n")

    assert table.read(str(tmp_path), "t.csv").columns == ("a", "b")


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    _file(tmp_path, 'name,n,y\n"Doe, ""J""",1,0.5\n"two\nlines",2,1.5\n"Doe, ""J""",3,2.5\n')
    found = table.read(str(tmp_path), "t.csv")

    assert found.columns == ('name=Doe, "J"', "name=two\nlines", "n")


def test_numbers_with_commas_are_read_in_tables_with_semicolons(tmp_path: Path) -> None:
    _file(tmp_path, "x;y\n1,5;0,25\n2,5;0,75\n")
    found = table.read(str(tmp_path), "t.csv", task="number")

    assert found.features.tolist() == [[1.5], [2.5]]
    assert found.target.tolist() == [[0.25], [0.75]]


def test_a_table_without_a_header_gets_names(tmp_path: Path) -> None:
    _file(tmp_path, "1,2,3.5\n4,5,6.5\n")

    assert table.read(str(tmp_path), "t.csv").columns == ("column1", "column2")


def test_a_compressed_table_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("\ufeffa,b\n1,2.5\n3,4.5\n".encode()))

    assert table.read(str(tmp_path), "t.csv.gz").columns == ("a",)


def test_names_that_come_twice_or_are_empty_stay_apart(tmp_path: Path) -> None:
    _file(tmp_path, "a,a,,y\n1,2,3,0.5\n4,5,6,1.5\n")

    assert table.read(str(tmp_path), "t.csv").columns == ("a", "a_2", "column3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds 0 rows"),
        ("a,b\n", "holds 0 rows below the names of its columns;"),
        ("a,b\n1,2\n", "holds 1 row below"),
        ("a,b,c\n1,,2.5\n2,NA,3.5\n", "column 'b' holds no value at all"),
        ("1,2.5\n", "holds 1 row;"),
        ("a,b\n1,2.5\n3\n", "row 3: 1 cells where there are 2 columns"),
        ("a,b\n1,2.5\n2,3.5\n,NA\n", "row 4, column 'b': the target is missing"),
        ("a,b\n1,2.5\n2,x\n3,4.5\n", "row 3, column 'b': the target is 'x' where a number is expected"),
        ("a,b\n1,2.5\nx,3.5\n3,4.5\n", "row 3, column 'a': 'x' where numbers are expected"),
        ("a,b\ninf,2.5\n2,3.5\n3,4.5\n", "row 2, column 'a': 'inf' where numbers are expected"),
        ("2019,y\n1,0.5\n2,1.5\n", "the header to yes"),
        ("y\n1.5\n2.5\n", "no column left to predict from"),
        ("a\0b,c\n1,2\n", "no text file"),
        ("x,y\n1,oak\n2,oak\n", "the target 'y' is 'oak' in every row"),
    ],
)
def test_what_is_wrong_is_said_with_file_row_and_column(tmp_path: Path, text: str, words: str) -> None:
    _file(tmp_path, text)
    with pytest.raises(ValueError, match=r"t\.csv") as raised:
        table.read(str(tmp_path), "t.csv")

    assert words in str(raised.value)


def test_a_target_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    _file(tmp_path, "a,b\n1,2\n3,4\n")
    with pytest.raises(ValueError, match="no column 'price' to predict; it has a, b"):
        table.read(str(tmp_path), "t.csv", targets=["price"])


def test_a_column_of_free_text_is_refused_by_name(tmp_path: Path) -> None:
    _file(tmp_path, "note,y\n" + "".join(f"w{n},{n}.5\n" for n in range(300)))
    with pytest.raises(ValueError, match="column 'note' holds 300 different words"):
        table.read(str(tmp_path), "t.csv")


def test_columns_can_be_left_out(tmp_path: Path) -> None:
    _file(tmp_path, "id,x,y\na,1,0.5\nb,2,1.5\n")

    assert table.read(str(tmp_path), "t.csv", leave_out=["id"]).columns == ("x",)


def test_a_broken_compressed_table_is_no_surprise(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n3,4\n" * 100)[:-20])
    with pytest.raises(ValueError, match="broken off"):
        table.read(str(tmp_path), "t.csv.gz")


def test_classes_of_several_columns_are_refused(tmp_path: Path) -> None:
    _file(tmp_path, "x,a,b\n1,u,v\n2,v,u\n")
    with pytest.raises(ValueError, match="predicted from one column, not from a, b"):
        table.read(str(tmp_path), "t.csv", targets=["a", "b"], task="class")


def test_a_number_too_large_for_float32_is_named_and_never_becomes_infinite(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{row},{row}.5\n" for row in range(30)) + "31,1e39\n")
    with pytest.raises(ValueError, match=r"row 32, column 'b': the target is '1e39'"):
        table.load(str(tmp_path), "t.csv", ["b"])
    with pytest.raises(ValueError, match=r"row 32, column 'b': 1e39 is too large"):
        table.load(str(tmp_path), "t.csv", ["a"], task="number")


def test_a_small_packed_table_is_not_unpacked_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.sources.table._MOST_BYTES", 1000)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1000))
    with pytest.raises(ValueError, match="more than 1 GiB of text"):
        table.load(str(tmp_path), "t.csv.gz")
