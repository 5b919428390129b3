"""What parties and subjects are called, in one language: for tables and the demo."""

from collections.abc import Iterable

from pydantic import BaseModel

from services.cli.following import present
from services.gateway.pages.telling import Tell
from services.gateway.titles import title_of
from services.runtime.settings import Settings
from twincity_schemas.parties import Registry
from twincity_schemas.topology import records, topics
from twincity_schemas.values import Domain
from twincity_schemas.words import Words


class Names:
    """The names of subjects, as far as records have told them.

    Args:
        settings: which language, and the registry of the parties.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._titles: dict[str, Words] = {}
        registry = Registry.load(settings.parties)
        self.tell = Tell(settings.language, registry, self)
        """Tells values by these names."""

    def title(self, subject: str) -> Words | None:
        """Returns what a subject is called; None where nobody has named it."""
        return self._titles.get(subject)

    def learn(self, record: BaseModel) -> None:
        """Take in what a record calls its subject, if it does."""
        if (title := title_of(record)) is not None:
            self._titles[str(getattr(record, "subject", ""))] = title

    async def read(self) -> None:
        """Learn from the records of every domain.

        Raises:
            Unavailable: Kafka does not answer, or a topic is not there.
        """
        wanted = {records(domain) for domain in Domain}
        of_domains = [t for t in topics(self.tell.registry) if t.name in wanted]
        for record in await present(self._settings, of_domains):
            self.learn(record)


def tell_by(settings: Settings, known: Iterable[BaseModel]) -> Tell:
    """Returns what tells values with the names that these records give."""
    names = Names(settings)
    for record in known:
        names.learn(record)
    return names.tell
