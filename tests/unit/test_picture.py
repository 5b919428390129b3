"""The picture of a pool: well-formed, and every pair is in it."""

from collections import Counter
from xml.etree import ElementTree as ET

from services.cli.picture import picture
from services.demo.opportunities import entries
from services.matching.entries import EntryView, apply_data
from services.matching.pool import Pool
from twincity_schemas.words import Words

SVG = "{http://www.w3.org/2000/svg}"


def test_every_pair_is_in_the_picture_and_nothing_comes_from_outside() -> None:
    pool = Pool("2022-1")
    pool.load({s: apply_data(EntryView(), entry) for s, entry in list(entries())[:300]})
    drawn = picture(pool, {"chengdu": Words("成都市 <&>", "Chengdu")})
    root = ET.fromstring(drawn)  # noqa: S314  our own
    told = [title.text or "" for title in root.iter(f"{SVG}title")]
    ribbons = [int(text.rsplit("：", 1)[1]) for text in told if "→" in text]
    assert sum(ribbons) == 2 * len(pool.pairs()) > 0
    assert "成都市 <&>" in drawn.replace("&lt;&amp;&gt;", "<&>")
    assert (
        not {"image", "script", "style", "link"}
        & Counter(element.tag.removeprefix(SVG) for element in root.iter()).keys()
    )


def test_an_empty_pool_is_a_picture_too() -> None:
    assert ET.fromstring(picture(Pool("none"), {})) is not None  # noqa: S314
