"""Every history in ``tests/cases`` is run by a test that asserts what it expects."""

from pathlib import Path

import pytest

from tests.unit.test_recorded import CASES

TESTS = [one for one in Path(__file__).parent.glob("test_*.py") if one.name != __file__]
NAMES = sorted(path.stem for path in CASES.glob("*.json"))


@pytest.fixture(scope="module")
def tests() -> str:
    return "".join(one.read_text("utf-8") for one in TESTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_history_is_run(name: str, tests: str) -> None:
    assert f'"{name}"' in tests
