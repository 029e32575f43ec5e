"""A page as a test reads it: what is an element, what is text, where links lead."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from typing_extensions import override

_VOID = {"meta", "link", "img", "input", "br"}


@dataclass
class Element:
    """An element of a page, and all text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Document(HTMLParser):
    """A page, parsed. `elements` are in the order in which they begin."""

    source: str
    elements: list[Element] = field(default_factory=list[Element])

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.source)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(self.elements[-1])

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    @override
    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        return [each for each in self.elements if each.tag == tag]

    def texts(self, tag: str) -> list[str]:
        """The text of each such element, its white space reduced."""
        return [" ".join(each.text.split()) for each in self.all(tag)]

    def one(self, tag: str) -> str:
        [text] = self.texts(tag)
        return text

    @property
    def text(self) -> str:
        [body] = self.texts("body")
        return body

    def link(self, text: str) -> str:
        """Where the one link with this text leads."""
        found = {
            each.attributes["href"] for each in self.all("a") if " ".join(each.text.split()) == text
        }
        [href] = found
        return href

    def commands(self) -> list[str]:
        return [each.text for each in self.all("code")]
