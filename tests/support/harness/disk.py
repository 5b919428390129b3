"""A small disk that fills up, and a folder that nobody may write to for a while.

Where this process may mount (root with CAP_SYS_ADMIN), the disk is a tmpfs and full
is ENOSPC, read-only is a read-only mount. Elsewhere the kernel lets a process' files
grow no further (RLIMIT_FSIZE, so EFBIG), and read-only is the folder's mode.
"""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SIZE = "24m"
_BALLAST = "ballast"


def _mount(*arguments: str) -> bool:
    ran = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    return ran.returncode == 0


class Disk:
    """A folder for one database.

    Args:
        folder: that is there and empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mounted = os.geteuid() == 0 and _mount(
            "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)
        )

    @property
    def means(self) -> str:
        """How it is made full and read-only, for whoever reads the figures."""
        if self.mounted:
            return "ENOSPC on a tmpfs, a read-only mount"
        return "EFBIG by RLIMIT_FSIZE, the folder's mode"

    @contextmanager
    def full(self, pid: int) -> Iterator[None]:
        """Full for a process, until left."""
        if not self.mounted:
            with grows_no_further(pid):
                yield
            return
        ballast = self.folder / _BALLAST
        with ballast.open("wb", buffering=0) as file:
            step = 1 << 20
            while step >= 512:
                try:
                    file.write(b"\0" * step)
                except OSError:
                    step //= 2
        try:
            yield
        finally:
            ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Read-only for whoever opens a file in it, until left."""
        folder = str(self.folder)
        if self.mounted:
            assert _mount("--bind", folder, folder)
            assert _mount("-o", "remount,ro,bind", folder)
        else:
            self.folder.chmod(0o555)
            for file in self.folder.iterdir():
                file.chmod(0o444)
        try:
            yield
        finally:
            if self.mounted:
                # Lazily: whoever has opened a file in it may close it later.
                subprocess.run(["umount", "-l", folder], check=True)
            else:
                self.folder.chmod(0o755)
                for file in self.folder.iterdir():
                    file.chmod(0o644)

    def close(self) -> None:
        """Give it up."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


@contextmanager
def grows_no_further(pid: int) -> Iterator[None]:
    """Let a process write nothing beyond the first 4 KB of a file, until left."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it has ended of it
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
