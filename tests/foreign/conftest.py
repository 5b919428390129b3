"""Other people's programs in Node: what is asked of them is JSON, and so the answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.npm import FOLDER as HERE
from tests.support.npm import packages, run

__all__ = ["HERE", "Node", "node"]

Node = Callable[..., Any]


@pytest.fixture(scope="session")
def node() -> Node:
    """Run a script of this folder: standard input and output are JSON."""
    packages()

    def script(name: str, *arguments: str, given: Any = None) -> Any:
        return json.loads(run("node", name, *arguments, given=json.dumps(given)))

    return script
