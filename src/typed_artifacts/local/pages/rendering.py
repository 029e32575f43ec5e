"""Renders pages with Jinja, with security headers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..._values.quantities import count_text
from ..messages import Reply
from . import addresses
from .texts import short_time, size_text

_STATIC_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FUNCTIONS = {"count_text": count_text, "short_time": short_time, "size_text": size_text}
# Markup in a name or a file cannot run scripts. `same-origin`, not `no-referrer`: with the latter,
# browsers send forms without the origin that the server checks.
PAGE_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-cache",
    "vary": "cookie, authorization",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page; `href` is empty if the viewer may not see the page."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What a template shows. The crumbs lead from the first page to this one."""

    template: str
    title: str
    crumbs: Sequence[Link] = ()
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    status: int = 200


def render(page: Page, *, user: str) -> Reply:
    """A page for a signed-in user; no user: for who is to sign in."""
    template = _environment().get_template(page.template, globals=dict(_FUNCTIONS))
    text = template.render(
        page.values,
        title=page.title,
        crumbs=page.crumbs,
        user=user,
        addresses=addresses,
        style=_static_address("style.css"),
        script=_static_address("copy.js"),
        icon=_static_address("icon.svg"),
    )
    return Reply(page.status, dict(PAGE_HEADERS), text.encode(errors="replace"))


def redirection(target: str, **headers: str) -> Reply:
    """Another page, to be read with GET."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(303, {"location": target, "cache-control": "no-store", **named})


def static_file(name: str) -> Reply | None:
    """A file that pages are made with; its address changes with its content."""
    found = _static(name)
    if found is None:
        return None
    headers = {
        "content-type": f"{_STATIC_TYPES[name.rpartition('.')[2]]}; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
    }
    return Reply(200, headers, found)


@lru_cache(maxsize=8)
def _static(name: str) -> bytes | None:
    if name not in ("style.css", "copy.js", "icon.svg"):
        return None
    return files("typed_artifacts.local.pages").joinpath("static", name).read_bytes()


@lru_cache(maxsize=8)
def _static_address(name: str) -> str:
    content = _static(name) or b""
    return f"{addresses.STATIC}/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("typed_artifacts.local.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
