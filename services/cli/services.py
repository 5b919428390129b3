"""The services by name, as the command line runs them."""

from collections.abc import Callable

import uvloop

from services.admission import handlers as admission
from services.coordination import handlers as coordination
from services.runtime.service import MakeMind, compose
from services.runtime.settings import Settings

_MINDS: dict[str, MakeMind] = {
    admission.SERVICE: admission.make_mind,
    coordination.SERVICE: coordination.make_mind,
}


def run(service: str, settings: Settings) -> None:
    """Run a service until it is told to stop."""
    uvloop.run(compose(service, _MINDS[service], settings).app.run())
