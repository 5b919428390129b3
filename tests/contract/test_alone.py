"""``twincity-schemas`` by itself: what an integrator installs."""

import re
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

from twincity_schemas import EVENT_TYPES

SCHEMAS = Path(__file__).parents[2] / "schemas"
# What a fresh interpreter has loaded besides the standard library.
LOADED = """
import sys
from twincity_schemas import EVENT_TYPES
from twincity_schemas.regions import regions
roots = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(len(EVENT_TYPES), len(regions()), *sorted(roots))
"""
PYDANTIC = {
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "typing_inspection",
}


def test_the_wheel_has_everything_and_needs_pydantic_alone(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*build, "--quiet", "--wheel-dir", str(tmp_path), str(SCHEMAS)], check=True
    )
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "alone")
        [metadata] = [n for n in archive.namelist() if n.endswith("/METADATA")]
        told = message_from_string(archive.read(metadata).decode())
    needs = told.get_all("Requires-Dist", [])
    assert [re.split(r"[<>=!~ ]", need)[0] for need in needs] == ["pydantic"]
    assert (tmp_path / "alone/twincity_schemas/py.typed").exists()
    assert (tmp_path / "alone/twincity_schemas/page.html").exists()
    ran = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=tmp_path / "alone",
        check=True,
        capture_output=True,
        text=True,
    )
    types, regions, *roots = ran.stdout.split()
    assert (int(types), int(regions)) == (len(EVENT_TYPES), 270)
    assert {r for r in roots if not r.startswith(("_", "twincity"))} <= PYDANTIC
