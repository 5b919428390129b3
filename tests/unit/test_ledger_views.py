"""The views that analysts read, and the ten questions of ``sql/README.md``."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any

import psycopg
import pytest
from sqlalchemy import DateTime, Numeric, String, create_engine, inspect, make_url, text
from sqlalchemy.types import Boolean, TypeEngine

from services.ledger.domain import entry
from services.ledger.store import Ledger
from services.ledger.tables import METADATA
from services.ledger.views import READER, Column, SqlView, page, reader, views
from tests.support.examples import EXAMPLES, read
from tests.support.gateway import Record
from tests.support.postgres import Postgres, real_postgres
from tests.support.story import story
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.contract import json_schema

SQL = Path(__file__).parents[2] / "sql"
CHAPTER = (SQL / "README.md").read_text("utf-8").partition("\n## Ten questions")[2]
QUESTIONS = re.findall(r"^\d+\. ([^`]+)```sql\n([^`]+)```", CHAPTER, re.MULTILINE)

_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "text": String,
    "list": String,
    "number": Numeric,
    "flag": Boolean,
    "=time": DateTime,
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with real_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def said() -> list[Record]:
    """What the demo's parties say and what becomes of it, and what it has none of."""
    return [
        *asyncio.run(story()).records,
        example("project.recorded/s11-total-investment-disputed", 0),
        example("pairing.recorded/demand-and-its-supply", 1),
        example(
            "progress.recorded/s11-until-august", 2,
            lambda data: data["by"]["deyang"].update(reported_rate="70"),
        ),
        example(
            "standing.recorded/shuangliu-black-and-what-an-appeal-changed", 3,
            lambda data: data["final"].update(rank=1, colour="red"),
        ),
        example("sharing.recorded/agreed-by-both", 4),
        example("share.recorded/half-of-what-came-on-top", 5),
        example("worklist.recorded/second-version-of-the-year", 6),
        example("assignment.recorded/verified-by-the-other-side", 7),
        example("rectification.recorded/shuangliu-is-off-the-board", 8),
        example("drill.recorded/first-of-three-units", 9),
        example("attainment.recorded/at-the-end-of-august", 10),
    ]  # fmt: skip


def example(
    name: str, number: int, change: Callable[[Any], object] = lambda _: None
) -> Record:
    """An example as a record of a topic of its own, so that it replaces nothing."""
    event = read(EXAMPLES / f"{name}.json")
    key, value, headers = event.to_message()
    data = json.loads(value)
    change(data)
    said = json.dumps(data).encode()
    return Record(f"examples.{number}", 0, 0, key, said, tuple(headers))


@pytest.fixture(scope="module")
def postgres_url(postgres: Postgres, said: list[Record]) -> str:
    return filled(postgres.new_database(), said)


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory, said: list[Record]) -> str:
    folder = tmp_path_factory.mktemp("ledger")
    return filled(f"sqlite:///{folder}/ledger.sqlite3", said)


def filled(url: str, said: list[Record]) -> str:
    ledger = Ledger.open(url)
    ledger.write(list(map(entry, said)))
    ledger.close()
    return url


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    """The rows, numbers as floats and flags as numbers, as SQLite has them."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            found = connection.execute(text(query)).all()
    finally:
        engine.dispose()
    return [tuple(map(plain, row)) for row in found]


def plain(value: Any) -> Any:
    return value if isinstance(value, str) or value is None else float(value)


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize("question", QUESTIONS, ids=[q for q, _ in QUESTIONS])
def test_a_question_has_one_answer_on_both(
    question: tuple[str, str],
    said: list[Record],
    postgres_url: str,
    sqlite_url: str,
) -> None:
    found = asked(postgres_url, question[1])
    assert found
    # Nulls and Chinese names have an order of their own in each.
    assert alike(found) == alike(asked(sqlite_url, question[1]))
    assert alike(found) == alike(ANSWERS[QUESTIONS.index(question)](Tables(said)))


def alike(rows: Iterable[Iterable[Any]]) -> list[str]:
    """Rows in an order of their own; sums in floats to six places."""
    return sorted(
        repr([round(v, 6) if isinstance(v, float) else v for v in row]) for row in rows
    )


class Tables:
    """The rows that each view should have, by the columns' names."""

    def __init__(self, said: list[Record]) -> None:
        self._said = said

    def __getattr__(self, name: str) -> list[Row]:
        [view] = [one for one in views() if one.name == name]
        columns = [c for c in view.columns if c.path not in {"=time", "=members"}]
        names = [column.name for column in columns]
        rows = read_from(self._said, view, columns)
        return [Row(**dict(zip(names, row, strict=True))) for row in rows]


def totals(groups: Iterable[tuple[Any, tuple[Any, ...]]]) -> Iterator[list[Any]]:
    """Each key with its sums; a sum of nothing but nulls is null."""
    by_key: dict[Any, list[tuple[Any, ...]]] = {}
    for key, values in groups:
        by_key.setdefault(key, []).append(values)
    for key, rows in by_key.items():
        columns = [
            [v for v in column if v is not None] for column in zip(*rows, strict=True)
        ]
        yield [*key, *(float(sum(column)) if column else None for column in columns)]


def this_year(t: Any) -> Iterator[list[Any]]:
    """What stands in each project's latest month of a year, added up."""
    last: dict[Any, float] = {}
    for one in t.period:
        at = one.subject, one.year
        last[at] = max(one.through_month, last.get(at, 0))
    return totals(
        ((one.domain, one.year), (one.annual_plan, one.annual_investment))
        for one in t.period
        if one.through_month == last[one.subject, one.year]
    )


def differ(*values: Any) -> bool:
    """As SQL has it: a null differs from nothing."""
    return None not in values and len({*values}) > 1


ANSWERS: list[Callable[[Any], Iterable[Iterable[Any]]]] = [
    lambda t: totals(
        ((one.agreement,), (1, one.total_investment)) for one in t.project
    ),
    lambda t: (
        (one.subject, one.name)
        for one in t.project
        if one.total_investment_state == "disputed"
    ),
    this_year,
    lambda t: (
        (one.project_name, one.year, one.through_month, one.lead)
        for one in t.period
        if one.light == "red"
    ),
    lambda t: (
        (one.project_name, one.year, one.through_month, one.missing)
        for one in t.period
        if one.missing
    ),
    lambda t: (
        (*(one.project_name, one.party, one.year, one.through_month),
         *(one.reported_rate, one.computed_rate))
        for one in t.report
        if differ(one.reported_rate, one.computed_rate)
        and abs(one.reported_rate - one.computed_rate) > 1
    ),
    lambda t: (
        (one.title, one.project_name, one.assigned_to, one.unit, one.due)
        for one in t.obstacle
        if one.state != "closed"
    ),
    lambda t: totals(
        ((one.kind, one.unit), (1, one.short)) for one in t.factor if one.short
    ),
    lambda t: (
        (one.pool, one.title, one.supply, one.score, one.confidence)
        for one in sorted(t.pair, key=lambda one: (-one.score, one.demand))[:20]
    ),
    lambda t: (
        (one.board, one.name, one.rank, one.final_rank, one.colour, one.final_colour)
        for one in t.board_line
        if differ(one.final_rank, one.rank) or differ(one.final_colour, one.colour)
    ),
]  # fmt: skip


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_view_has_the_same_rows_on_both(
    view: SqlView, postgres_url: str, sqlite_url: str
) -> None:
    names = [c.name for c in view.columns if c.name != "time"]
    query = f"SELECT {', '.join(names)} FROM {view.name}"  # noqa: S608  our own names
    found = asked(postgres_url, query)
    assert found
    assert sorted(map(repr, found)) == sorted(map(repr, asked(sqlite_url, query)))


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_view_has_one_row_an_element_and_its_values(
    view: SqlView, said: list[Record], sqlite_url: str
) -> None:
    """As read from the records themselves: none twice, none left out, none changed."""
    columns = [c for c in view.columns if c.path not in {"=time", "=members"}]
    names = ", ".join(column.name for column in columns)
    rows = asked(sqlite_url, f"SELECT {names} FROM {view.name}")  # noqa: S608  our own names
    assert sorted(map(repr, rows)) == sorted(map(repr, read_from(said, view, columns)))


def read_from(
    said: list[Record], view: SqlView, columns: list[Column]
) -> Iterator[tuple[Any, ...]]:
    """The rows that a view should have, by the records that stand last."""
    last = {(r.topic, r.key.decode()): r for r in said}
    stand = {
        place: (dict(r.headers), json.loads(r.value))
        for place, r in last.items()
        if r.value is not None
    }
    for (topic, _), (headers, data) in stand.items():
        if headers.get("ce_type") != f"twincity.{view.type}.v1".encode():
            continue
        if view.only is not None and data[view.only[0]] != view.only[1]:
            continue
        _, header = stand.get((topic, data["subject"]), (None, {}))
        event = headers["ce_id"].decode()
        for above_key, above, key, element in elements(data, view.each):
            roots = {"^": data, "<": above}
            named = {"=event": event, "=key": key, "=above": above_key}
            yield tuple(
                named[column.path]
                if column.path in named
                else value_of(header, column.path.removeprefix("=project/"), column)
                if column.path.startswith("=project/")
                else value_of(
                    roots.get(column.path[0], element), column.path.lstrip("^<"), column
                )
                for column in columns
            )


def elements(data: Any, each: str) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Yields the key and value of each element, after those of what it is within."""
    outer, _, inner = each.rpartition("/")
    for above_key, above in pairs(data[outer]) if outer else [(None, data)]:
        for key, element in pairs(above.get(inner) or {}) if inner else [(None, data)]:
            yield above_key, above, key, element


def pairs(whole: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(whole, dict):
        yield from whole.items()
    else:
        yield from ((None, element) for element in whole)


def value_of(holder: Any, path: str, column: Column) -> Any:
    for name in path.split("/"):
        holder = (holder or {}).get(name)
    match column.kind, holder:
        case "list", _:
            return "、".join(holder or ()) or None
        case (("number" | "flag"), value) if value is not None:
            return float(value)
        case _:
            return holder


def test_figures_are_those_of_the_record(postgres_url: str, sqlite_url: str) -> None:
    query = (
        "SELECT project_name, party, annual_investment, reported_rate FROM report"
        " WHERE subject LIKE '%/s11' AND through_month = 8"
        " AND project_name IS NOT NULL ORDER BY party"
    )
    told = [
        ("成德市域铁路S11线", "chengdu", 189800.0, 73.0),
        ("成德市域铁路S11线", "deyang", 212500.0, 63.1),
    ]
    assert asked(postgres_url, query) == asked(sqlite_url, query) == told


def test_units_and_indicators_are_read_as_they_stand(
    postgres_url: str, sqlite_url: str
) -> None:
    for query, told in (
        (
            (
                "SELECT unit, state, late, self_verified FROM rectification"
                " WHERE board = 'board/chengdu/2024-q3' AND unit = 'shuangliu'"
            ),
            ("shuangliu", "verified", 0.0, 1.0),
        ),
        (
            "SELECT unit, score, rank, tied FROM drill WHERE unit = 'chengmei-rail'",
            ("chengmei-rail", 90.75, 1.0, 0.0),
        ),
        (
            (
                "SELECT as_of, target, attained, lead FROM attainment"
                " WHERE subject = 'indicator/chengdu/rental-housing' AND value = 43200"
            ),
            ("2022-08", 60000.0, 72.0, 5.33),
        ),
    ):
        assert told in asked(postgres_url, query)
        assert told in asked(sqlite_url, query)


def test_each_members_own_share_is_what_was_computed_for_it(
    postgres_url: str, sqlite_url: str
) -> None:
    query = (
        "SELECT DISTINCT item, name, party, collected, stock, percent, share, transfer"
        " FROM party_share WHERE subject = 'sharing/chengdu.chongqing/joint-park'"
        " AND year = 2022 AND item = 'gdp' ORDER BY party"
    )
    told = [
        (
            "gdp",
            "地区生产总值（统计分算）",
            "chengdu",
            230000,
            210000,
            60,
            231000,
            1000,
        ),
        (
            *("gdp", "地区生产总值（统计分算）", "chongqing"),
            *(165000, 150000, 40, 164000, -1000),
        ),
    ]
    assert asked(postgres_url, query) == asked(sqlite_url, query) == told
    # What all have together is the item's own line.
    whole = "SELECT event, item, total FROM share WHERE state = 'shared'"
    parts = "SELECT DISTINCT event, item, party, share FROM party_share"
    totals = {row[:2]: row[2] for row in asked(postgres_url, whole)}
    shares = asked(postgres_url, parts)
    assert totals
    for key, total in totals.items():
        assert sum(row[3] for row in shares if row[:2] == key) == pytest.approx(total)


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_a_column_lies_where_the_contract_has_it(view: SqlView) -> None:
    schema = json_schema(EVENT_TYPES[f"twincity.{view.type}.v1"])
    for column in view.columns:
        within = schema
        names = view.each.split("/") if view.each and column.path[0] not in "^=" else []
        for name in names[:-1] if column.path[0] == "<" else names:
            within = inner(within, name, schema)
            within = within.get("items") or within["additionalProperties"]
        check(column, within, schema)


def check(column: Column, within: Any, schema: Any) -> None:
    if column.path.startswith("="):
        return
    for name in column.path.lstrip("^<").split("/"):
        within = inner(within, name, schema)
        if within.get("tsType") == "unknown":
            return  # a field's value, in the form that it has in a description


def inner(within: Any, name: str, schema: Any) -> Any:
    """The schema of a property, or of a map's values."""
    for form in within.get("anyOf", [within]):
        if "$ref" in form:
            form = schema["$defs"][form["$ref"].rpartition("/")[2]]  # noqa: PLW2901  the form that it refers to
        if name in form.get("properties", {}):
            return form["properties"][name]
        if isinstance(form.get("additionalProperties"), dict):
            return form["additionalProperties"]
    raise AssertionError(f"{name} is not in the contract")


def test_the_page_has_the_views_as_they_are() -> None:
    again = "; run python -m services.ledger.views"
    assert (SQL / "README.md").read_text("utf-8") == page(), again
    assert (SQL / "reader.sql").read_text("utf-8") == reader(), again


@pytest.fixture(scope="module")
def postgres_as_reader(postgres_url: str) -> str:
    """The database's address as its reader has it; for SQLAlchemy."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(reader().encode())
        owner.execute(f"ALTER ROLE {READER} PASSWORD 'secret'".encode())
    driver = make_url(postgres_url).set(drivername="postgresql+psycopg")
    return driver.set(username=READER).render_as_string(hide_password=False)


@pytest.mark.usefixtures("postgres_as_reader")
def test_a_reader_reads_the_views_and_nothing_else(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, user=READER, autocommit=True) as connection:
        [found] = connection.execute("SELECT count(*) FROM project").fetchall()
        assert found[0] > 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM record")
        # That it reads alone is its own setting; what it lacks are rights.
        denied = psycopg.errors.InsufficientPrivilege
        read_only = psycopg.errors.ReadOnlySqlTransaction
        for setting, reasons in (("on", (denied, read_only)), ("off", (denied,))):
            connection.execute(
                f"SET default_transaction_read_only = {setting}".encode()
            )
            for refused in (
                "DELETE FROM record",
                "UPDATE record SET data = ''",
                "DELETE FROM project",
                "CREATE TABLE mine (id int)",
                "DROP VIEW project",
            ):
                with pytest.raises(reasons):
                    connection.execute(refused.encode())
    # Views of another release are made anew, and may still be read.
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("COMMENT ON VIEW project IS 'of another release'")
    Ledger.open(postgres_url).close()
    with psycopg.connect(postgres_url, user=READER) as connection:
        assert connection.execute("SELECT 1 FROM project").fetchall()


def test_tools_that_read_the_schema_find_views_with_types_and_words(
    postgres_as_reader: str,
) -> None:
    """By SQLAlchemy's inspector, as Superset does it."""
    engine = create_engine(postgres_as_reader)
    try:
        inspector = inspect(engine)
        assert {*inspector.get_view_names()} == {view.name for view in views()}
        for view in views():
            words = inspector.get_table_comment(view.name)["text"]
            assert (words or "").startswith(f"{view.zh} {view.en}")
            columns = inspector.get_columns(view.name)
            assert [(c["name"], c["comment"]) for c in columns] == [
                (c.name, f"{c.zh} {c.en}") for c in view.columns
            ]
            for given, column in zip(columns, view.columns, strict=True):
                wanted = _TYPES.get(column.path, _TYPES[column.kind])
                assert isinstance(given["type"], wanted), (view.name, given)
    finally:
        engine.dispose()


def test_views_come_to_a_database_that_has_none(
    postgres: Postgres, said: list[Record]
) -> None:
    url = postgres.new_database()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    METADATA.create_all(engine)
    engine.dispose()
    filled(url, said)
    before = asked(url, "SELECT 'project'::regclass::oid::int, count(*) FROM project")
    Ledger.open(url).close()  # and are left alone where they are as they should be
    assert before == asked(
        url, "SELECT 'project'::regclass::oid::int, count(*) FROM project"
    )
    assert before[0][1] > 0


def test_what_jsonb_cannot_hold_is_null_there_and_whole_in_its_text(
    postgres: Postgres,
) -> None:
    url = postgres.new_database()
    Ledger.open(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO record (topic, key, type, subject, members, data, event, time,"
            " partition, \"offset\") VALUES ('t', 'k', 'x', 's', '', %s, 'e', now(),"
            " 0, 0)",
            [r'{"a": "\u0000"}'],
        )
        found = connection.execute("SELECT data, document FROM record").fetchall()
    assert found == [(r'{"a": "\u0000"}', None)]
