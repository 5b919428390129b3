"""The services by name, as the command line runs them."""

import asyncio
from functools import partial

import uvloop

from services.admission import handlers as admission
from services.appraisal import handlers as appraisal
from services.coordination import handlers as coordination
from services.gateway import serving as gateway
from services.ledger import handlers as ledger
from services.ledger.keeping import SERVICE as LEDGER
from services.matching import handlers as matching
from services.runtime.errors import Unavailable
from services.runtime.service import MakeMind, compose
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.catalogue import GATEWAY, topics
from twincity_schemas.parties import Registry

MINDS: dict[str, MakeMind] = {
    admission.SERVICE: admission.make_mind,
    coordination.SERVICE: coordination.make_mind,
    matching.SERVICE: matching.make_mind,
    appraisal.SERVICE: appraisal.make_mind,
}


def run_service(service: str, settings: Settings) -> None:
    """Run a service until it is told to stop.

    Raises:
        WrongSetting: it has no such shard.
        Unavailable: Kafka or the database does not answer, or the catalogue's
            topics are not there: the supervisor tries again.
    """
    settings.of_service(service)
    asyncio.run(_expect_topics(service, settings))
    if service == GATEWAY:
        uvloop.run(gateway.serve(settings))
        return
    if service == LEDGER:
        uvloop.run(ledger.compose(settings).run())
        return
    gate = partial(admission.make_mind, story_time=settings.story_time)
    make_mind = gate if service == admission.SERVICE else MINDS[service]
    uvloop.run(compose(service, make_mind, settings).app.run())


async def _expect_topics(service: str, settings: Settings) -> None:
    """Refuse to start where a topic is missing: a consumer would wait silently."""
    speakers = gateway.Whose.of(settings).parties if service == GATEWAY else ()
    own = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if {service, *speakers} & {*topic.consumers, *topic.producers}
    ]
    async with Cluster(settings.kafka, settings.prefix) as cluster:
        wrong = await cluster.missing(own)
    if wrong:
        raise Unavailable(
            f"{len(wrong)} topics are not as the catalogue has them, the first: "
            f"{wrong[0]}; run twincity topics apply 请先运行 twincity topics apply"
        )
