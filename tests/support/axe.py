"""What axe-core finds wrong with a page for those who cannot see it well."""

from playwright.sync_api import Page

from tests.support.npm import packages


def grave_faults(page: Page) -> list[tuple[str, str, str]]:
    """Returns a page's serious faults: the rule, the element, what would mend it."""
    # As a script of the page it would be refused.
    page.evaluate((packages() / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("() => axe.run().then((r) => r.violations)")
    return [
        (one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
