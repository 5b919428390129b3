"""A folder has one owner, and children end with their parent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.errors import TwinCityError, WrongSetting
from services.runtime.process import dies_with_parent, own


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    folder = tmp_path / "数 据" / "kafka"
    with own(folder):
        for _ in range(2):
            with pytest.raises(TwinCityError, match=f"in use by process {os.getpid()}"):
                own(folder)
    own(folder).close()


def test_a_child_keeps_the_folder_of_a_parent_that_is_gone(tmp_path: Path) -> None:
    file = own(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        pass_fds=[file.fileno()],
    ) as child:
        file.close()
        with pytest.raises(TwinCityError, match="in use"):
            own(tmp_path)
        child.communicate(b"\n")
    own(tmp_path).close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WrongSetting, match=r"file/kafka cannot be used 无法使用"):
        own(tmp_path / "file" / "kafka")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked")
def test_what_is_put_before_a_command_changes_nothing_else() -> None:
    asked = (
        "import ctypes, signal, sys; s = ctypes.c_int();"
        "ctypes.CDLL(None).prctl(2, ctypes.byref(s)); print(s.value, sys.argv[1:])"
    )
    command = [*dies_with_parent(), sys.executable, "-c", asked, "a b", "-c", "中"]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PATH": ""}
    )
    assert ran.stdout == "9 ['a b', '-c', '中']\n"
