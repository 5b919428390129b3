"""Each user's way in is a row of ``docs/doors.md``, short, and taken by a test."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line[1:-1].split("|")]
    for line in (ROOT / "docs/doors.md").read_text("utf-8").splitlines()
    if line.startswith("| ")
][1:]


@pytest.mark.parametrize(
    "user",
    [
        *("Excel", "web developer", "Java", "Go", "JavaScript", "Python", "shell"),
        *("analyst", "auditor"),
    ],
)
def test_a_user_says_a_first_statement_and_reads_a_first_record(user: str) -> None:
    said = [row for row in ROWS if user in row[0]]
    assert said
    assert all(way.startswith("1. ") for row in said for way in row[1:3])


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_way_has_two_steps_and_a_test_that_takes_it(row: list[str]) -> None:
    for way in row[1:3]:
        assert re.findall(r"(?:^| )(\d)\. ", way) in ([], ["1"], ["1", "2"])
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(\w+)`", row[3])
    assert named
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
