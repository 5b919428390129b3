"""Every program of ``schemas/README.md`` on a secured cluster, with a party's rights.

With the lines of its chapter «The same on a secured cluster», as a party would run it:
by chengdu's password, and kcat by chengdu's certificate.
"""

from pathlib import Path

import pytest

from tests.broker.reading import everything
from tests.broker.test_publishers import PUBLISHERS, publish
from tests.broker.test_secured import Secured
from tests.broker.test_secured import secured as secured  # noqa: PLC0414  a fixture
from tests.broker.test_subscribers import SUBSCRIBERS, follow, recorded
from tests.foreign.conftest import node as node  # noqa: PLC0414  a fixture
from tests.support.broker import CERTIFICATE, CERTIFIED
from twincity_schemas.topology import inbox

pytestmark = pytest.mark.usefixtures("node", "certified")


@pytest.fixture
def certified(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where chengdu's certificate counts, and the certificate: for kcat."""
    authority = secured.doors.authority
    path = authority.of("chengdu")
    path = path if path.exists() else authority.issue("chengdu")
    monkeypatch.setenv(CERTIFIED, secured.doors.for_certificates)
    monkeypatch.setenv(CERTIFICATE, str(path))


@pytest.mark.parametrize("heading", PUBLISHERS)
async def test_it_publishes_as_its_party(
    heading: str, secured: Secured, tmp_path: Path
) -> None:
    admission, mine = secured.of("twincity.admission"), inbox("chengdu")
    before = len(await everything(admission, mine))
    await publish(heading, secured.of("chengdu"), tmp_path)
    assert len(await everything(admission, mine)) == before + 1


@pytest.mark.parametrize("heading", SUBSCRIBERS)
async def test_it_follows_as_its_party(
    heading: str, secured: Secured, tmp_path: Path
) -> None:
    await recorded(secured.administrator)
    line = await follow(heading, secured.of("chengdu"), "chengdu.dashboard", tmp_path)
    assert "project/chengdu.deyang/s11" in line
