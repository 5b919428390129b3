"""The services by name, as the command line runs them."""

import uvloop

from services.admission import handlers as admission
from services.appraisal import handlers as appraisal
from services.coordination import handlers as coordination
from services.ledger import handlers as ledger
from services.matching import handlers as matching
from services.runtime.service import MakeMind, compose
from services.runtime.settings import Settings

MINDS: dict[str, MakeMind] = {
    admission.SERVICE: admission.make_mind,
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
    else:
        uvloop.run(compose(service, MINDS[service], settings).app.run())
