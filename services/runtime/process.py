"""Child processes that do not outlive their parent."""

import shutil


def dies_with_parent() -> list[str]:
    """What to put before a command so that the kernel ends it with its parent.

    Linux only, and tied to the thread that starts it: start from the main
    thread. Elsewhere nothing is put, and a killed parent leaves its children.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
