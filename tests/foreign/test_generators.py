"""Other people's generators make classes of our schemas that take our examples.

TypeScript is checked by its own compiler; Go, Java and Python read each example into
the generated class and write it again.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from services.local.jars import class_path
from tests.foreign.conftest import HERE, Node
from twincity_schemas.catalogue import EVENT_TYPES
from twincity_schemas.contract import json_schema
from twincity_schemas.generate import examples

SCHEMAS = {t.model.__name__: json_schema(t) for t in EVENT_TYPES.values()}
EXAMPLES = {
    t.model.__name__: [story["data"] for story in examples()[t.fact].values()]
    for t in EVENT_TYPES.values()
}
UNIT = "In 10,000 yuan as a decimal string"
GIVEN = {"schemas": SCHEMAS, "examples": EXAMPLES}

GO_MAIN = """
package main

import ("bufio"; "fmt"; "os")

type written interface {{ Marshal() ([]byte, error) }}

func main() {{
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {{
		name := lines.Text()
		lines.Scan()
		var read written
		var err error
		switch name {{
{cases}
		}}
		if err != nil {{ panic(err) }}
		out, err := read.Marshal()
		if err != nil {{ panic(err) }}
		fmt.Println(string(out))
	}}
}}
"""


def test_typescript_takes_every_example(node: Node) -> None:
    made = node("generated.mjs", "typescript", given=GIVEN)
    assert made["wrong"] == []
    # Units survive, and a map is one.
    assert UNIT in made["files"]["ProjectDescribed.ts"]
    assert "[k: string]: StanceOfAMember" in made["files"]["ProjectRecorded.ts"]


def test_typescript_refuses_what_is_wrong(node: Node) -> None:
    example = EXAMPLES["ProjectDescribed"][0]
    wrong = ({"domain": "railways"}, {"total_investment": {"amount": 3}})
    given = {
        "schemas": {"ProjectDescribed": SCHEMAS["ProjectDescribed"]},
        "examples": {"ProjectDescribed": [example | change for change in wrong]},
    }
    assert len(node("generated.mjs", "typescript", given=given)["wrong"]) == len(wrong)


def test_go_reads_and_writes_every_example(node: Node, tmp_path: Path) -> None:
    if not shutil.which("go"):
        pytest.skip("there is no Go toolchain here")
    [types] = node("generated.mjs", "go", given=GIVEN)["files"].values()
    assert UNIT in types
    cases = "\n".join(
        f'\t\tcase "{name}": var one {name}; '
        f"one, err = Unmarshal{name}(lines.Bytes()); read = &one"
        for name in SCHEMAS
    )
    (tmp_path / "types.go").write_text(types, "utf-8")
    (tmp_path / "main.go").write_text(GO_MAIN.format(cases=cases), "utf-8")
    (tmp_path / "go.mod").write_text("module roundtrip\ngo 1.21\n", "utf-8")
    ran("go", "build", "-o", "roundtrip", ".", folder=tmp_path)
    check(ran(str(tmp_path / "roundtrip"), folder=tmp_path, given=lines()))


def test_java_reads_and_writes_every_example(node: Node, tmp_path: Path) -> None:
    if not shutil.which("javac"):
        pytest.skip("there is no Java compiler here")
    files = node("generated.mjs", "java", given=GIVEN)["files"]
    assert any(UNIT in text for text in files.values())
    for name, text in files.items():
        if name != "Converter.java":  # date-times, of which our JSON has none
            (tmp_path / name).write_text(text, "utf-8")
    shutil.copy(HERE / "RoundTrip.java", tmp_path)
    jars = os.pathsep.join(map(str, class_path()))
    sources = [path.name for path in tmp_path.glob("*.java")]
    (tmp_path / "sources").write_text("\n".join(sources), "utf-8")
    compiler = ("javac", "-proc:none", "-nowarn", "-encoding", "UTF-8")
    ran(*compiler, "-cp", jars, "-d", "classes", "@sources", folder=tmp_path)
    classes = f"classes{os.pathsep}{jars}"
    check(ran("java", "-cp", classes, "RoundTrip", folder=tmp_path, given=lines()))


Made = Callable[[str], ModuleType]


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Imports what datamodel-code-generator makes of a type's schema."""
    (tmp_path / "schemas").mkdir()
    for name, schema in SCHEMAS.items():
        text = json.dumps(schema, ensure_ascii=False)
        (tmp_path / "schemas" / f"{name}.json").write_text(text, "utf-8")
    ran(
        *(sys.executable, "-m", "datamodel_code_generator"),
        *("--input", "schemas", "--input-file-type", "jsonschema"),
        *("--output-model-type", "pydantic_v2.BaseModel"),
        *("--formatters", "builtin", "--output", "made_of_schemas"),
        folder=tmp_path,
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda name: import_module(f"made_of_schemas.{name}")
    for name in [name for name in sys.modules if name.startswith("made_of_schemas")]:
        del sys.modules[name]


def test_python_reads_and_writes_every_example(python: Made) -> None:
    for name, stories in EXAMPLES.items():
        made = getattr(python(name), name)
        for data in stories:
            written = made.model_validate(data).model_dump_json(exclude_unset=True)
            assert json.loads(written) == data
    # Units survive, codes have names, and what is wrong is refused.
    module = python("ProjectDescribed")
    amount = module.Investment.model_fields["amount"]
    assert "10,000 yuan" in amount.description
    assert module.Domain.city_services.value == "city-services"
    example = EXAMPLES["ProjectDescribed"][0]
    for change in ({"domain": "railways"}, {"total_investment": {"amount": 3}}):
        with pytest.raises(ValidationError):
            module.ProjectDescribed.model_validate(example | change)


def lines() -> str:
    """Each example behind its class's name."""
    return "".join(
        f"{name}\n{json.dumps(data, ensure_ascii=False)}\n"
        for name, stories in EXAMPLES.items()
        for data in stories
    )


def ran(*command: str, folder: Path, given: str = "") -> str:
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def check(written: str) -> None:
    said = [data for stories in EXAMPLES.values() for data in stories]
    for line, data in zip(written.splitlines(), said, strict=True):
        assert without_empty(json.loads(line)) == without_empty(data)


def without_empty(value: Any) -> Any:
    """Without what generated classes write for an absent field, or leave out."""
    if isinstance(value, dict):
        inner = {name: without_empty(v) for name, v in value.items()}
        return {name: v for name, v in inner.items() if v not in (None, [], {})}
    return [without_empty(v) for v in value] if isinstance(value, list) else value
