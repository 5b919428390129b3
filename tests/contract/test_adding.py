"""Adding a type of event touches at most five files that are written by hand."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = re.compile(r"schemas/(json|releases)/|asyncapi\.json$|README(\.zh)?\.md$")
ADDED = "gap.withdrawn"
"""By ``CONTRIBUTING.md``, and for that alone: decision 39."""
MOST = 5


def test_the_type_that_was_added_is_named_in_five_files() -> None:
    # As a class, by its fact, or as the changelog spells several: ``gap.…|withdrawn``.
    kind, participle = ADDED.split(".")
    named = re.compile(
        rf"{ADDED}|{kind.title()}{participle.title()}|{kind}\.[a-z|]+\|{participle}"
    )
    naming = {
        str(path.relative_to(ROOT))
        for folder in ("schemas", "services", "deploy", "sql")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix in {".py", ".tsv", ".toml", ".json", ".md", ".html", ".sql"}
        and not GENERATED.search(str(path.relative_to(ROOT)))
        and ROOT / "schemas" / "build" not in path.parents
        and named.search(path.read_text("utf-8"))
    }
    assert naming == {
        "schemas/twincity_schemas/chain.py",
        "schemas/twincity_schemas/words/chain.tsv",
        f"schemas/examples/{ADDED}/chips-are-bought-packaged.json",
        "services/coordination/chain.py",
        "schemas/CHANGELOG.md",
    }
    assert len(naming) <= MOST
