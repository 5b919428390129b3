"""The picture of a pool: well-formed, and every pair is in it."""

from collections import Counter
from xml.etree import ElementTree as ET

from services.cli.match import flows
from services.demo.opportunities import entries
from services.gateway.pages.poolpicture import picture
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from twincity_schemas.opportunity import NeedType
from twincity_schemas.words import Words

SVG = "{http://www.w3.org/2000/svg}"


def test_every_pair_is_in_the_picture_and_nothing_comes_from_outside() -> None:
    pool = Pool("2022-1")
    pool.load({s: apply_data(EntryView(), entry) for s, entry in list(entries())[:300]})
    drawn = picture(pool.name, flows(pool), {"chengdu": Words("成都市 <&>", "Chengdu")})
    root = ET.fromstring(drawn)  # noqa: S314  our own
    told = [title.text or "" for title in root.iter(f"{SVG}title")]
    ribbons = [int(text.rsplit(": ", 1)[1]) for text in told if "→" in text]
    assert sum(ribbons) == 2 * len(pool.pairs()) > 0
    assert "成都市 <&>" in drawn.replace("&lt;&amp;&gt;", "<&>")
    assert (
        not {"image", "script", "style", "link"}
        & Counter(element.tag.removeprefix(SVG) for element in root.iter()).keys()
    )


def test_an_empty_pool_is_a_picture_too() -> None:
    assert ET.fromstring(picture("none", Counter(), {})) is not None  # noqa: S314  drawn by the line above


def test_a_page_draws_it_in_its_readers_language() -> None:
    names = {"chengdu": Words("成都市", "Chengdu")}
    counted = Counter({("chengdu", str(NeedType.SOLUTION), "chengdu"): 2})
    zh, en = (picture("p", counted, names, lang) for lang in ("zh", "en"))
    assert "成都市" in zh
    assert "Chengdu" not in zh
    assert "2 pairs" not in zh
    assert "Chengdu" in en
    drawn = en.partition("</desc>")[2]
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in drawn)
