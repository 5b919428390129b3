"""Write the tables of the runbook from what the code and the rules say.

``python deploy/runbook.py`` writes them into ``deploy/README.md``; with ``--check``
it says whether they are there already.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml

from services.runtime.log_names import LOG_NAMES
from services.runtime.metrics import FIGURES, RELEASE

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
RULES = FOLDER / "observability" / "rules.yml"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    headings = list(headings)
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables() -> dict[str, str]:
    """Each generated table by its name."""
    rules = yaml.safe_load(RULES.read_text("utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    told = ((rule["alert"], rule["annotations"]) for rule in alerts)
    release = (f"`{RELEASE}`", "–", "运行的版本", "which release runs")
    return {
        "log names": table(
            ("event", "含义", "means", "do"),
            ((f"`{n.name}`", n.zh, n.en, n.do or "nothing") for n in LOG_NAMES),
        ),
        "metrics": table(
            ("metric", "unit", "含义", "means"),
            [*((f"`{f.name}`", f.unit, f.zh, f.en) for f in FIGURES), release],
        ),
        "alerts": table(
            ("alert", "含义", "means", "do"),
            ((name, said["zh"], said["en"], said["do"]) for name, said in told),
        ),
    }


def written(text: str) -> str:
    """The runbook with its tables as they have to be."""
    for name, content in tables().items():
        begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
        found = re.compile(f"{begin}.*?{end}", re.DOTALL)
        whole = f"{begin}\n{content}\n{end}"
        text, times = found.subn(lambda _match, whole=whole: whole, text)
        if times != 1:
            sys.exit(f"{README} has no place for {name}")
    return text


def main() -> None:
    """Write, or check."""
    before = README.read_text("utf-8")
    after = written(before)
    if "--check" in sys.argv:
        if after != before:
            sys.exit("deploy/README.md is not what the code says; run make generate")
    else:
        README.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
