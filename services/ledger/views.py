"""The ledger as tables for analysts: one row a project, period, obstacle and so on.

``views.toml`` says what each has, in both languages; here it becomes SQL for either
database. On PostgreSQL a record stands as ``jsonb`` beside its exact text: what
``jsonb`` cannot hold (a NUL, a number beyond its range) is null there.
``python -m services.ledger.views`` writes what analysts read of it, in ``sql/``.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, text

READER = "twincity_reader"
"""Reads the views and nothing else; ``sql/reader.sql`` makes it."""

_TABLE = Path(__file__).with_name("views.toml")
_PAGES = Path(__file__).parents[2] / "sql"
_BEGIN, _END = "<!-- views -->\n", "<!-- /views -->"

_ABOVE = "above"
"""What an element is an element of, where that is an element itself."""

_POSTGRES_KINDS = {"number": "numeric", "flag": "boolean"}

_DOCUMENT = (
    """CREATE OR REPLACE FUNCTION twincity_jsonb(said text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
    BEGIN RETURN said::jsonb; EXCEPTION WHEN OTHERS THEN RETURN NULL; END $$""",
    """ALTER TABLE record ADD COLUMN IF NOT EXISTS document jsonb
    GENERATED ALWAYS AS (twincity_jsonb(data)) STORED""",
)


@dataclass(frozen=True)
class Column:
    """A column: its kind, and the path to its value as ``views.toml`` has it."""

    name: str
    kind: str
    path: str
    zh: str
    en: str


@dataclass(frozen=True)
class SqlView:
    """One row a record of a type, or one for each element of an array or a map.

    Attributes:
        each: the name of that array or map; ``items/by``: of the one in each of those.
        only: a name in the data, and the value that it has to have.
    """

    name: str
    zh: str
    en: str
    type: str
    columns: tuple[Column, ...]
    each: str = ""
    only: tuple[str, str] | None = None

    @classmethod
    def of(cls, entry: dict[str, object]) -> Self:
        """Read a table of ``views.toml``."""
        columns = entry["columns"]
        assert isinstance(columns, list)  # noqa: S101  as the file has it
        read = tuple(Column(*each) for each in columns)
        return cls(**entry | {"columns": read})  # type: ignore[arg-type]


def views() -> list[SqlView]:
    """Returns every view, as ``views.toml`` has it."""
    return [
        SqlView.of(each) for each in tomllib.loads(_TABLE.read_text("utf-8"))["view"]
    ]


class Sqlite:
    """SQLite's words: JSON in the text itself, numbers to fifteen digits."""

    document = "data"

    def value(self, holder: str, path: str, kind: str) -> str:
        """Returns the expression of a value within a JSON document."""
        place = "$" + "".join(f'."{name}"' for name in path.split("/"))
        expression = f"json_extract({holder}, '{place}')"
        if kind == "list":
            each = f"json_each({holder}, '{place}')"
            return f"(SELECT group_concat(value, '、') FROM {each})"
        return f"CAST({expression} AS NUMERIC)" if kind == "number" else expression

    def each(self, holder: str, name: str, called: str) -> str:
        """Returns what joins a document to the elements of an array or a map."""
        return f"JOIN json_each({holder}, '$.{name}') AS {called}"


class Postgres:
    """PostgreSQL's words: jsonb, and numeric as exact as what was said."""

    document = "document"

    def value(self, holder: str, path: str, kind: str) -> str:
        """Returns the expression of a value within a JSON document."""
        place = "{" + path.replace("/", ",") + "}"
        if kind == "list":
            each = f"jsonb_array_elements_text({holder} #> '{place}')"
            return f"(SELECT string_agg(value, '、') FROM {each} AS value)"
        expression = f"{holder} #>> '{place}'"
        return (
            f"({expression})::{_POSTGRES_KINDS[kind]}" if kind != "text" else expression
        )

    def each(self, holder: str, name: str, called: str) -> str:
        """Returns what joins a document to the elements of an array or a map."""
        expression = f"{holder} -> '{name}'"
        return f"""CROSS JOIN LATERAL (
  SELECT NULL AS key, value FROM jsonb_array_elements(
    CASE jsonb_typeof({expression}) WHEN 'array' THEN {expression} END) AS value
  UNION ALL SELECT key, value FROM jsonb_each(
    CASE jsonb_typeof({expression}) WHEN 'object' THEN {expression} END)) AS {called}"""


Dialect = Sqlite | Postgres
_DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgres()}


def select_of(view: SqlView, dialect: Dialect) -> str:
    """Returns the query that a view is."""
    columns = ",\n  ".join(
        f"{_expression(view, column, dialect)} AS {column.name}"
        for column in view.columns
    )
    joins, holder = [], f"record.{dialect.document}"
    outer, _, inner = view.each.rpartition("/")
    for name, called in ((outer, _ABOVE), (inner, "each")):
        if name:
            joins.append(dialect.each(holder, name, called))
            holder = f"{called}.value"
    if any(column.path.startswith("=project/") for column in view.columns):
        joins.append(
            "LEFT JOIN record AS header"
            " ON header.topic = record.topic AND header.key = record.subject"
        )
    only = ""
    if view.only is not None:
        name, wanted = view.only
        expression = dialect.value(f"record.{dialect.document}", name, "text")
        only = f" AND {expression} = '{wanted}'"
    parts = "\n".join(["FROM record", *joins])
    where = f"WHERE record.type = 'twincity.{view.type}.v1'{only}"
    return f"SELECT\n  {columns}\n{parts}\n{where}"


_NAMED = {
    "=members": "trim(record.members, '.')",
    "=key": "each.key",
    "=above": f"{_ABOVE}.key",
}


def _expression(view: SqlView, column: Column, dialect: Dialect) -> str:
    if column.path in _NAMED:
        return _NAMED[column.path]
    name, _, path = column.path.partition("/")
    if name == "=project":
        return dialect.value(f"header.{dialect.document}", path, column.kind)
    if name.startswith("="):
        return f"record.{name[1:]}"
    record = f"record.{dialect.document}"
    holders = {"^": record, "<": f"{_ABOVE}.value"}
    holder = holders.get(name[0], "each.value" if view.each else record)
    return dialect.value(holder, column.path.lstrip("".join(holders)), column.kind)


def create_views(connection: Connection) -> None:
    """Make the views as this release has them; those that are so are left alone.

    Whoever queries one at that moment would have to be waited for.
    """
    name = connection.dialect.name
    wanted = {v.name: (v, select_of(v, _DIALECTS[name])) for v in views()}
    digest = sha256(repr(wanted).encode()).hexdigest()
    if name == "sqlite":
        _create_in_sqlite(connection, wanted, digest)
    else:
        _create_in_postgres(connection, wanted, digest)


def _create_in_sqlite(
    connection: Connection, wanted: dict[str, tuple[SqlView, str]], digest: str
) -> None:
    """SQLite keeps the text of a view, and so its comments."""
    made = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'view' AND sql LIKE ?",
        (f"%{digest}%",),
    )
    if {name for (name,) in made} == wanted.keys():
        return
    for name, (view, query) in wanted.items():
        columns = "".join(f"-- {c.name}: {c.zh} {c.en}\n" for c in view.columns)
        comment = f"-- {view.zh} {view.en}\n{columns}-- {digest}\n"
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE VIEW {name} AS\n{comment}{query}")


def _create_in_postgres(
    connection: Connection, wanted: dict[str, tuple[SqlView, str]], digest: str
) -> None:
    for statement in _DOCUMENT:
        connection.exec_driver_sql(statement)
    made = connection.execute(
        text(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'v'"
            " AND obj_description(c.oid) LIKE :digest"
        ),
        {"digest": f"%{digest}%"},
    )
    if {name for (name,) in made} == wanted.keys():
        return
    script = []
    for name, (view, query) in wanted.items():
        script += [f"DROP VIEW IF EXISTS {name}", f"CREATE VIEW {name} AS {query}"]
        script.append(_comment(f"VIEW {name}", f"{view.zh} {view.en} [{digest}]"))
        script += [
            _comment(f"COLUMN {name}.{c.name}", f"{c.zh} {c.en}") for c in view.columns
        ]
    # At once, by the driver: a hundred statements would be a hundred journeys.
    connection.connection.cursor().execute(";".join(script))
    reader = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
    if connection.scalar(reader, {"name": READER}):
        connection.exec_driver_sql(f"GRANT SELECT ON {', '.join(wanted)} TO {READER}")


def _comment(on: str, words: str) -> str:
    quoted = words.replace("'", "''")
    return f"COMMENT ON {on} IS '{quoted}'"


def described() -> str:
    """Returns the views as the tables of ``sql/README.md``."""
    return "\n".join(_described())


def _described() -> Iterator[str]:
    kinds = {"text": "text", "number": "numeric", "flag": "boolean", "list": "text"}
    for view in views():
        yield f"### `{view.name}` {view.zh} {view.en}\n"
        yield "| column | type | 中文 | |\n|---|---|---|---|"
        for c in view.columns:
            yield f"| `{c.name}` | {kinds[c.kind]} | {c.zh} | {c.en} |"
        yield ""


def reader() -> str:
    """Returns ``sql/reader.sql``: a role that reads the views and nothing else."""
    names = ", ".join(view.name for view in views())
    return f"""\
-- Run once by the database's owner, when the ledger has made its views; then
-- ALTER ROLE {READER} PASSWORD '…'. 由数据库所有者执行一次。
CREATE ROLE {READER} LOGIN;
ALTER ROLE {READER} SET default_transaction_read_only = on;
ALTER ROLE {READER} SET statement_timeout = '60s';
GRANT SELECT ON {names} TO {READER};
"""


def page() -> str:
    """Returns ``sql/README.md`` with the views as they are."""
    written = (_PAGES / "README.md").read_text("utf-8")
    before, _, rest = written.partition(_BEGIN)
    return f"{before}{_BEGIN}{described()}{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    (_PAGES / "README.md").write_text(page(), "utf-8")
    (_PAGES / "reader.sql").write_text(reader(), "utf-8")
