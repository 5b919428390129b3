"""Industry chains: a page each."""

from services.gateway.pages import drawing
from services.gateway.pages.blocks import (
    Page,
    PageCell,
    PageTable,
    about,
    cited,
    state,
    without_effect,
)
from services.gateway.pages.telling import MISSING, Tell
from twincity_schemas.chain_record import ChainRecorded, ElementState, GapState


def chain(record: ChainRecorded, tell: Tell) -> Page:
    """A chain (建圈强链): who holds what, what lacks, and what may fill it."""
    t = tell.t
    parties = sorted({party for one in record.elements.values() for party in one.by})
    elements = list(record.elements)
    nodes = [
        drawing.Node(
            tell.words(element),
            kind="open" if one.state is ElementState.MISSING else "made",
        )
        for element, one in record.elements.items()
    ]
    lines = [
        (
            parties.index(party),
            elements.index(element),
            "firm" if side.holders else "open",
        )
        for element, one in record.elements.items()
        for party, side in one.by.items()
    ]
    held = [
        [
            PageCell(tell.words(element)),
            state(one.state, tell),
            *(
                cited(
                    one.by[party].statement,
                    tell.several(h.name for h in one.by[party].holders),
                    one.by[party].note or "",
                )
                if party in one.by
                else PageCell(MISSING)
                for party in parties
            ),
        ]
        for element, one in record.elements.items()
    ]
    gaps = [
        [
            cited(gap.statement, gap.title, gap.what),
            state(gap.state, tell, "bad" if gap.state is GapState.OPEN else "good"),
            PageCell(tell.party(gap.declared_by), below=tell.day(gap.as_of)),
            about(gap.opportunity, tell),
            PageCell(
                gap.filled_by.name if gap.filled_by else MISSING,
                below=tell.party(gap.filled_from) if gap.filled_from else "",
            ),
        ]
        for gap in record.gaps.values()
    ]
    carriers = [
        [
            PageCell(tell.words(role)),
            state(one.state, tell),
            *(
                PageCell(tell.several(p.place for p in one.by.get(party, ())))
                for party in parties
            ),
        ]
        for role, one in record.carriers.items()
    ]
    names = [tell.party(party) for party in parties]
    return Page(
        [tell.words(record.domain)],
        [],
        drawing.schematic(
            [drawing.Node(name, kind="said") for name in names],
            nodes,
            lines,
            t("谁有链上的哪个环节", "Who holds which part of the chain"),
        ),
        t(
            "实线：该市有企业在此环节；虚线框：两地都缺。",
            "A line: the city has holders of the part; dashed: it lacks in both.",
        ),
        [
            PageTable(
                t("环节", "Parts"),
                (t("环节", "Part"), t("状态", "State"), *names),
                held,
            ),
            PageTable(
                t("缺口", "Gaps"),
                (
                    t("缺口", "Gap"),
                    t("状态", "State"),
                    t("提出", "Declared by"),
                    t("机会清单条目", "Opportunity"),
                    t("由谁补上", "Filled by"),
                ),
                gaps,
            ),
            PageTable(
                t("承载地", "Places"),
                (t("角色", "Role"), t("状态", "State"), *names),
                carriers,
            ),
            *without_effect(record.no_effect, tell),
        ],
    )
