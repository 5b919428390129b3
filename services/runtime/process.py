"""Children that do not outlive their parent, folders with one owner, how to leave."""

import fcntl
import gc
import os
import sys
from pathlib import Path
from typing import BinaryIO

import structlog

from services.runtime.errors import TwinCityError, Unrecoverable, WrongSetting

log = structlog.get_logger()

_LOCK_FILE = "lock"

# util-linux's setpriv does this too, from 2.33 on, but not busybox's, nor the one
# of RHEL 8. Python ignores SIGPIPE and SIGXFSZ, and exec would pass that on.
_DIE_WITH_PARENT = """\
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
for name in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(name, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def leave(error: BaseException) -> None:
    """Leave the process at once; the supervisor starts it anew.

    FastStream would log the error and go on polling with a dead producer.
    """
    log.critical("process.left", error=type(error).__name__, reason=str(error))
    sys.stderr.flush()
    os._exit(Unrecoverable.exit_status)


def spare_collector() -> None:
    """Keep the collector off what is there now: it lives as long as the process.

    A full collection over the models and a memory takes over 100 ms, again and again,
    in the middle of a batch or a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def dies_with_parent() -> list[str]:
    """Returns what to put before a command so that the kernel ends it with its parent.

    Linux only, and tied to the thread that starts it: start from the main
    thread. Elsewhere nothing is put, and a killed parent leaves its children.
    """
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT]


def own(folder: Path) -> BinaryIO:
    """Make a folder this process's own until the returned file is closed.

    The kernel ends the ownership with the last process that has the file open,
    so a child that inherits it keeps the folder if its parent is killed.

    Raises:
        TwinCityError: another process owns it; the sentence names the process.
        WrongSetting: the folder cannot be made or written.
    """
    try:
        folder = folder.absolute()
        path = folder / _LOCK_FILE
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise WrongSetting.of_path(folder, error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().decode(errors="replace").strip()
        file.close()
        raise TwinCityError(
            f"{folder} is in use by process {owner or '?'}; stop it or use another "
            "folder 该目录正由另一进程使用"
        ) from None
    except OSError as error:  # a network file system without locks
        file.close()
        raise WrongSetting.of_path(path, error) from None
    file.truncate(0)
    file.write(str(os.getpid()).encode())
    file.flush()
    return file
