"""The public calls that send an operation, found in the source of the classes."""

from pathlib import Path

import pytest

from codegen.rendering.documented_calls import documented_calls

SHELF = """
class Shelf:
    def save(self): self._send()
    def _send(self): self._client.sender.send(catalog.SAVE)
    def _fetch(self): catalog.SHELF
    def _request(self): catalog.REQUEST
    def _with(self): catalog.WITH
    def load(self): catalog.LOAD
    def __len__(self): catalog.COUNT
    @classmethod
    def find(cls): cls._found()
    def _found(self): catalog.FIND

class Corner(Shelf):
    def _found(self): pass
"""
BOOK = """
from .helpers import load, lend as lend_out, _Loan

class _Parts:
    def pages(self): catalog.PAGES

class Book(_Parts):
    def lend(self): lend_out(self)
    def loan(self): return _Loan()
    def open(self): load(self)
    def put(self, s): s._send(); s._stored(); self._stored()
    def _stored(self): catalog.STORE
"""
HELPERS = """
def lend(book): _lend(book)
def _lend(book): catalog.LEND; _again(book); _other(book)
def _again(book): catalog.AGAIN; _lend(book)
def _other(book): _lend(book)
def load(book): catalog.PARTS
def nobody(): catalog.NOBODY
def open_shelf(): catalog.OPEN

class _Loan:
    def end(self): catalog.END

class Hidden:
    def show(self): catalog.SHOW
"""
TWO = """
from ..helpers import lend

class _Base:
    def both(self): catalog.BOTH

class Left(_Base):
    def give(self): lend(self); self._send()
    def _stored(self): catalog.LEFT

class Right(_Base):
    pass
"""
CALLS = {
    "SAVE": ("Book.put", "Shelf.save"),  # no other class has a method `_send`
    **dict.fromkeys(("SHELF", "REQUEST", "WITH", "LOAD", "COUNT"), ("Shelf",)),
    "FIND": ("Shelf.find",),
    "PAGES": ("Book.pages",),
    "PARTS": ("Book.open",),
    "STORE": ("Book.put",),
    "LEND": ("Book.lend",),
    "AGAIN": ("Book.lend",),
    "END": ("Book.loan",),
    "OPEN": ("open_shelf",),
    "NOBODY": (),
    "SHOW": (),
    "BOTH": (),  # a base of two classes is not counted as either
    "LEFT": (),  # Book has a method `_stored` too
}


def calls(folder: Path, public: set[str] | None, **modules: str) -> dict[str, tuple[str, ...]]:
    package = folder / "_sync"
    package.mkdir()
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text, "utf-8")
    return documented_calls(package, public)


def test_the_calls_that_lead_to_an_operation(tmp_path: Path) -> None:
    public = {"Shelf", "Corner", "Book", "Left", "Right", "open_shelf"}
    modules = {"shelf": SHELF, "book": BOOK, "helpers": HELPERS, "two": TWO}
    assert calls(tmp_path, public, **modules) == dict(sorted(CALLS.items()))


@pytest.mark.parametrize(
    ("public", "shown", "ended"),
    [
        (None, ("Hidden.show",), ("Book.loan",)),
        ({"Shelf"}, (), ()),
        ({"Hidden"}, ("Hidden.show",), ()),
    ],
)
def test_only_public_names_are_named(
    public: set[str] | None, shown: tuple[str, ...], ended: tuple[str, ...], tmp_path: Path
) -> None:
    found = calls(tmp_path, public, helpers=HELPERS, book=BOOK)
    assert (found["SHOW"], found["END"]) == (shown, ended)


@pytest.mark.parametrize("module", ["queries", "pager", "suggestions", "organization_lookup"])
def test_modules_that_no_call_needs_are_not_read(module: str, tmp_path: Path) -> None:
    assert calls(tmp_path, None, **{module: SHELF, "book": "class A:\n    ..."}) == {}
