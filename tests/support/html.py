"""Pages as a test reads them: by the elements in which a text stands."""

from html.parser import HTMLParser

from typing_extensions import override

VOID = {"img", "input", "br", "meta", "link", "hr"}


class OpenElements(HTMLParser):
    """Knows, at each text, which elements are open there."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, set[str]]] = []

    @property
    def tags(self) -> set[str]:
        """Those that are open."""
        return {tag for tag, _ in self._open}

    @property
    def classes(self) -> set[str]:
        """Theirs."""
        return set[str]().union(*(of for _, of in self._open))

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            classes = (dict(attrs).get("class") or "").split()
            self._open.append((tag, set(classes)))

    @override
    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
