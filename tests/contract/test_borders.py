"""Who may import whom: services speak through topics alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = (
    *("admission", "coordination", "matching", "appraisal"),
    *("ledger", "gateway", "notifier"),
)
EDGES = {
    *("service", "table", "database", "errors", "store", "tables"),
    *(
        "refused_rows",
        "keeping",
        "questions",
        "views",
    ),  # of the ledger: what its database is told
    *(
        "app",
        "bounded",  # a process of its own
        "addressfile",
        "delivering",
        "following",
        "posting",
        "receiving",
        "sending",
        "signing",
        "site",
        "statements",
        "streaming",
        "upgrading",
        "uploading",
        "uploads",
    ),
}
"""What is not a decision: the wire, files, the database."""
IMPURE = {"aiokafka", "faststream", "sqlalchemy", "structlog", "time", "asyncio", "os"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module)):
                yield module


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_the_runtime_and_the_contract_alone(service: str) -> None:
    own = {f"services.{service}", "services.runtime", "services.rules"}
    if service == "gateway":  # lists come in there; what reads them is no service
        own.add("services.sheets")
    for path in modules(f"services/{service}"):
        if path.name == "fit.py":
            continue  # makes the committed table from the demo's texts, by hand
        for name in imported(path):
            if name.startswith("services"):
                assert ".".join(name.split(".")[:2]) in own, f"{path}: {name}"


def test_spreadsheets_know_the_contract_alone() -> None:
    for path in modules("services/sheets"):
        for name in imported(path):
            if name.startswith("services"):
                assert name.startswith("services.sheets"), f"{path}: {name}"


def test_the_contract_depends_on_pydantic_alone() -> None:
    import_roots = {
        name.split(".")[0]
        for path in modules("schemas/twincity_schemas")
        for name in imported(path)
    }
    foreign = {"aiokafka", "faststream", "structlog", "services", "rich", "typer"}
    assert not import_roots & foreign
    assert {"pydantic", "pydantic_core", "typing_extensions"} <= import_roots


@pytest.mark.parametrize("service", [*SERVICES, "rules", "sheets"])
def test_decisions_have_no_clock_logger_or_wire(service: str) -> None:
    pure = [p for p in modules(f"services/{service}") if p.stem not in EDGES]
    assert pure
    for path in pure:
        roots = {module.split(".")[0] for module in imported(path)}
        assert not roots & IMPURE, path


def test_every_client_of_kafka_is_made_by_one_module() -> None:
    """Or it would know of no user, no certificate and no token."""
    for path in modules("services"):
        if path.name != "connecting.py":
            text = path.read_text("utf-8")
            assert "bootstrap_servers=" not in text, path
            assert "bootstrap.servers" not in text, path
