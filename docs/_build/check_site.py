"""Check the built site: every link leads somewhere, every public name is there, nothing is remote.

Run by `make docs` with the site's folder. mkdocs checks the links that pages write; this also sees
those that the reference and the theme make.
"""

import ast
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGE = Path(__file__).parents[2] / "src" / "typed_artifacts"
# What a browser fetches by itself, as opposed to what a person follows.
_FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href")}
# A module that gives classes of the package a second name.
_SAID_ELSEWHERE = {"client"}
# Relations of <link> that name a page, and fetch nothing.
_NAMED = {"alternate", "canonical", "next", "prev"}


class Page(HTMLParser):
    """The anchors of a page, what it links to, and what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.anchors.add(given["id"])
        for name in ("href", "src"):
            if name not in given:
                continue
            self.links.append(given[name])
            if (tag, name) in _FETCHED and given.get("rel") not in _NAMED:
                self.fetched.append(given[name])


def problems_of(site: Path) -> list[str]:
    """What is wrong with a site, a line for each."""
    pages = {path: Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    found: list[str] = []
    for path, page in pages.items():
        if path.name != "404.html":  # shown at any address: its links begin with the site's
            found += _broken(path, page, pages)
        found += [
            f"{path}: fetches {address} from elsewhere"
            for address in page.fetched
            if urlsplit(address).netloc
        ]
    anchors = set[str]().union(*(page.anchors for page in pages.values()))
    found += [
        f"typed_artifacts.{name} has no place in the reference"
        for name in public_names()
        if f"typed_artifacts.{name}" not in anchors
    ]
    return found


def _broken(path: Path, page: Page, pages: dict[Path, Page]) -> list[str]:
    """The links of a page that lead nowhere."""
    found: list[str] = []
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        if not target.exists():
            found.append(f"{path}: {link} leads nowhere")
        elif parts.fragment and target in pages:
            anchor = unquote(parts.fragment)
            if anchor not in pages[target].anchors and not anchor.startswith("__"):
                found.append(f"{path}: {link} has no such place")
    return found


def public_names() -> list[str]:
    """The names in ``__all__`` of the package and its public modules, read and not imported."""
    files = [PACKAGE / "__init__.py", *sorted(PACKAGE.glob("[a-z]*/__init__.py"))]
    files += sorted(path for path in PACKAGE.glob("[a-z]*.py") if path.stem not in _SAID_ELSEWHERE)
    found: list[str] = []
    for path in files:
        module = path.relative_to(PACKAGE).with_suffix("").parts
        parent = ".".join(part for part in module if part != "__init__")
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                names = list(ast.literal_eval(node.value))
                found += [f"{parent}.{name}" if parent else name for name in names]
    return found


if __name__ == "__main__":
    problems = problems_of(Path(sys.argv[1]).resolve())
    print("\n".join(problems[:50]), end="\n" if problems else "", file=sys.stderr)
    sys.exit(bool(problems))
