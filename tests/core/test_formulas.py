"""A name that is a formula comes in as a text, and goes out as one."""

import pytest

from maillage.core.intake.files import read_file
from maillage.core.tables.columns import Column
from maillage.core.tables.writing import csv_lines

NAME = [Column("name", "nom", value=str)]


@pytest.mark.parametrize(
    "name", ["=CMD()", "+1", "-2+3", "@SUM(A1)", "＝CMD()", "＠A1"]
)
def test_a_name_that_is_a_formula_goes_out_disarmed_and_comes_back(name):
    text = "".join(csv_lines([name], NAME))

    assert text.splitlines()[1:] == [f"'{name}"]
    table = read_file(text.encode())
    assert [row.cells for row in table.rows] == [[name]]
