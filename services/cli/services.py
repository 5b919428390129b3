"""The services by name, as the command line runs them."""

from functools import partial

import uvloop

from services.admission import handlers as admission
from services.appraisal import handlers as appraisal
from services.coordination import handlers as coordination
from services.ledger import handlers as ledger
from services.matching import handlers as matching
from services.runtime.service import MakeMind, compose
from services.runtime.settings import Settings

_MINDS: dict[str, MakeMind] = {
    coordination.SERVICE: coordination.make_mind,
    matching.SERVICE: matching.make_mind,
    appraisal.SERVICE: appraisal.make_mind,
}


def run_service(service: str, settings: Settings) -> None:
    """Run a service until it is told to stop.

    Raises:
        Unavailable: Kafka or the database does not answer.
    """
    if service == ledger.SERVICE:
        uvloop.run(ledger.compose(settings).run())
        return
    gate = partial(admission.make_mind, story_time=settings.story_time)
    make_mind = gate if service == admission.SERVICE else _MINDS[service]
    uvloop.run(compose(service, make_mind, settings).app.run())
