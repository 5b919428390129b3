"""The services by name, as the command line runs them."""

import asyncio
from functools import partial

import uvloop

from services.admission import service as admission
from services.appraisal import service as appraisal
from services.cli.desk import desk_of
from services.coordination import service as coordination
from services.gateway import service as gateway
from services.ledger import service as ledger
from services.ledger.keeping import SERVICE as LEDGER
from services.matching import service as matching
from services.runtime.connecting import NOT_SEEN
from services.runtime.errors import Unavailable
from services.runtime.service import MakeProcessor, compose
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from twincity_schemas.parties import Registry
from twincity_schemas.topology import GATEWAY, topics

PROCESSORS: dict[str, MakeProcessor] = {
    admission.SERVICE: admission.make_processor,
    coordination.SERVICE: coordination.make_processor,
    matching.SERVICE: matching.make_processor,
    appraisal.SERVICE: appraisal.make_processor,
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
        uvloop.run(gateway.serve(settings, desk_of(settings)))
        return
    if service == LEDGER:
        uvloop.run(ledger.compose(settings).run())
        return
    gate = partial(admission.make_processor, story_time=settings.story_time)
    make_processor = gate if service == admission.SERVICE else PROCESSORS[service]
    uvloop.run(compose(service, make_processor, settings).app.run())


async def _expect_topics(service: str, settings: Settings) -> None:
    """Refuse to start where a topic is missing: a consumer would wait silently."""
    speakers = gateway.Whose.of(settings).roles if service == GATEWAY else ()
    own = [
        topic
        for topic in topics(Registry.load(settings.parties))
        if {service, *speakers} & {*topic.consumers, *topic.producers}
    ]
    async with Cluster(settings) as cluster:
        wrong = await cluster.missing(own)
    if wrong:
        raise Unavailable(
            f"{len(wrong)} topics are not as the catalogue has them, the first: "
            f"{wrong[0]}; run twincity topics apply 请先运行 twincity topics apply"
            + NOT_SEEN
            * (settings.protocol != "PLAINTEXT")
        )
