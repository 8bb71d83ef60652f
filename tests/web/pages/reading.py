"""Reading an answered page as a person does: headings, texts, forms and their labels."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.web.conftest import Visitor

HTML = {"Accept": "text/html"}


@dataclass
class Page(HTMLParser):
    """A page taken apart; `controls` are the fields a person can fill, by name; `actions` where forms lead."""

    status: int = 200
    text: str = ""
    language: str = ""
    headings: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    controls: dict[str, dict[str, str | None]] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    styles_inline: list[str] = field(default_factory=list)
    scripts_inline: int = 0
    _open: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self._open.append((tag, found))
        if tag == "html":
            self.language = found.get("lang") or ""
        elif tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        elif tag == "form" and found.get("method") == "post":
            self.actions.append(found["action"] or "")
        elif tag in {"input", "select", "textarea"}:
            if found.get("type") == "hidden":
                self.hidden[found["name"] or ""] = found.get("value") or ""
            else:
                self.controls[found["name"] or ""] = found
        elif tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.scripts_inline += 1
        if "style" in found or any(name.startswith("on") for name in found):
            self.styles_inline.append(tag)

    def handle_data(self, data):
        words = data.strip()
        if not words or any(tag == "script" for tag, _ in self._open[-1:]):
            return
        self.text += f"{words}\n"
        tag, attributes = self._open[-1] if self._open else ("", {})
        if tag in {"h1", "h2", "h3"}:
            self.headings.append(words)
        if tag == "label" and attributes.get("for"):
            self.labels[attributes["for"] or ""] = words

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass


async def page(visitor: Visitor, path: str, **more: object) -> Page:
    """The page at `path`, as a browser asks for it."""
    answer = await visitor.get(path, headers=HTML, follow_redirects=True, **more)
    return read(answer.text, answer.status_code)


def read(text: str, status: int = 200) -> Page:
    """A page's text taken apart."""
    found = Page(status=status)
    found.feed(text)
    return found


async def submit(visitor: Visitor, path: str, fields: dict[str, object]) -> Page:
    """A form sent as a browser sends it; follows the redirect."""
    answer = await visitor.post(path, data=fields, headers=HTML, follow_redirects=True)
    return read(answer.text, answer.status_code)
