"""Faults between a client and a server, and the expected outcome of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tests.reliability import spoiling as spoil
from typed_artifacts import errors
from typed_artifacts.testing import spoiling as general
from typed_artifacts.testing.fault_proxy import Act
from typed_artifacts.testing.spoiling import HTML, JSON

Kind: TypeAlias = Literal["any", "graphql", "change", "page", "cursor"]
"""Which calls a fault can hit: every one, those of no files, mutations, pages, the way on."""
Again: TypeAlias = Literal["always", "repeatable", "never"]
"""Which calls are sent again after it."""


@dataclass(frozen=True)
class Fault:
    """A fault, how to make it, and the right outcome.

    Attributes:
        name: its row in the table.
        act: spoils one exchange.
        error: what a call ends with that is not, or no longer, sent again; ``None``: it goes well.
        again: which calls are sent again.
        kind: which calls it can hit.
        ran: whether the server has done what it was asked, and only the answer is lost.
        slow: whether it makes the client wait for its timeout.
        file_error: the same as ``error``, for the bytes of files.
        file_again: whether files are asked for again.
        well: calls that it does not hurt.
        refuses: whether it refuses an identity token, which is final.
    """

    name: str
    act: Act
    error: type[errors.ArtifactsError] | None
    again: Again = "repeatable"
    kind: Kind = "any"
    ran: bool = False
    slow: bool = False
    file_error: type[errors.ArtifactsError] | None = None
    file_again: bool = True
    well: frozenset[str] = frozenset()
    refuses: bool = False


_C, _T, _S, _I, _R, _P, _G = (
    errors.ConnectionFailed,
    errors.RequestTimeout,
    errors.ServerError,
    errors.IntegrityError,
    errors.RateLimited,
    errors.PermissionDenied,
    errors.GraphQLError,
)

# Once a file is there, it does not matter what the answer's body says about it.
_SENT: Final = frozenset({"upload", "part"})


def _passing(name: str, act: Act, error: type[errors.ArtifactsError], again: Again) -> Fault:
    """One that may be over the next time, for files as well."""
    return Fault(name, act, error, again=again, file_error=error, refuses=name.startswith("408"))


def _final(
    name: str,
    act: Act,
    error: type[errors.ArtifactsError],
    file_error: type[errors.ArtifactsError],
    *,
    renewed: bool = False,
) -> Fault:
    """A refusal; a file's URL may be renewed after it."""
    return Fault(
        name,
        act,
        error,
        again="never",
        file_error=file_error,
        file_again=renewed,
        refuses=name.startswith("4"),
    )


def _answer(
    name: str, act: Act, error: type[errors.ArtifactsError] | None = _S, *well: str
) -> Fault:
    """A wrong answer to a request that the server has done, and that is not for a file."""
    return Fault(name, act, error, again="never", kind="graphql", ran=True, well=frozenset(well))


def _change(name: str, act: Act, error: type[errors.ArtifactsError], *well: str) -> Fault:
    """An answer that leaves open whether a change was made."""
    return Fault(name, act, error, again="never", kind="change", ran=True, well=frozenset(well))


def _refusal(name: str, act: Act, error: type[errors.ArtifactsError]) -> Fault:
    """A refusal that files do not have."""
    return Fault(name, act, error, again="never", kind="graphql", refuses=True)


def _page(name: str, act: Act, error: type[errors.ArtifactsError] | None, *well: str) -> Fault:
    """A page with something odd in it."""
    return Fault(name, act, error, again="never", kind="page", ran=True, well=frozenset(well))


def _astray(name: str, change: spoil.Change) -> Fault:
    """A page that leads nowhere."""
    act = spoil.from_the_first(change)
    return Fault(name, act, errors.PaginationError, again="never", kind="cursor")


def elsewhere(url: str) -> Fault:
    """A redirect to another host."""
    act = general.status(307, b"", [("Location", f"{url}/~/elsewhere")])
    return _final("redirect to another host", act, _S, errors.NotFoundError)


_DATED: Final = general.words(429, "too many", spoil.soon)
_NO_GZIP: Final = [*JSON, ("Content-Encoding", "gzip")]

FAULTS: Final = [
    _passing("reset before the request is read", general.reset_before, _C, "repeatable"),
    Fault("reset after the server has answered", general.reset_after, _C, ran=True, file_error=_C),
    _final("gone, then refused", spoil.gone, _C, _C),
    Fault("no answer", general.hang, _T, slow=True, file_error=_T),
    Fault("headers byte by byte", spoil.slow_headers, _T, ran=True, slow=True),
    Fault("body byte by byte", spoil.slow_body, _T, ran=True, slow=True),
    Fault("body cut off", general.truncated, _C, ran=True, file_error=_C, well=_SENT),
    Fault("Content-Length too large", spoil.too_long, _C, ran=True, file_error=_I, well=_SENT),
    Fault(
        "Content-Length too small",
        spoil.too_short,
        _S,
        "never",
        ran=True,
        file_error=_I,
        well=_SENT,
    ),
    _passing("no HTTP at all", general.garbage, _C, "repeatable"),
    _passing("408", general.words(408, "too slow"), _T, "repeatable"),
    _passing("408, Retry-After", general.words(408, "too slow", lambda: "0"), _T, "repeatable"),
    _passing("429", general.words(429, "too many"), _R, "always"),
    _passing("429, Retry-After in seconds", general.words(429, "many", lambda: "0"), _R, "always"),
    _passing("429, Retry-After a date", _DATED, _R, "always"),
    _passing("500", general.words(500, "broken"), _S, "repeatable"),
    _passing("502 with HTML", general.status(502, b"<title>Bad</title>", HTML), _S, "repeatable"),
    _passing("503, Retry-After", general.words(503, "busy", lambda: "0"), _S, "repeatable"),
    _passing("500 that quotes the request", spoil.echo, _S, "repeatable"),
    _final("401", general.words(401, "who?"), errors.AuthenticationError, _P, renewed=True),
    _final("403", general.words(403, "no"), _P, _P, renewed=True),
    _final("404", general.words(404, "nothing"), _S, errors.NotFoundError),
    _refusal("409", general.words(409, "clash"), errors.ConflictError),
    _refusal("422 without GraphQL errors", general.words(422, ""), _S),
    _refusal("GraphQL errors in a 400", general.status(400, b'{"errors":["not today"]}', JSON), _G),
    # After a completion that was refused it is looked up if the file is there.
    _answer("GraphQL errors in a 200", spoil.rewritten(spoil.refused), _G, "complete"),
    _answer("200 with HTML", general.body(b"<html>Sign in</html>", HTML)),
    _answer("200 with an empty body", general.body(b"", JSON)),
    _answer("200 with half the JSON", spoil.cut_json),
    _answer("200 with random bytes", general.body(b"\xff\xfe\x00\x80 7", JSON)),
    _answer("200 with a broken encoding", general.body(b"no gzip", _NO_GZIP)),
    _answer("200 with null", general.body(b'{"data":null}', JSON)),
    _answer("200 of wrong types", spoil.rewritten(spoil.wrong_types)),
    _answer("200 nested 50,000 deep", general.body(spoil.DEEP, JSON)),
    _answer("200 with 10 MB of text", spoil.rewritten(spoil.long_text), None),
    # After a completion without a result, too, it is looked up if the file is there.
    _change("null for each result", spoil.rewritten(spoil.no_results), _S, "complete"),
    _page("null nodes among the edges", spoil.rewritten(spoil.null_nodes), None),
    _page("duplicate edges", spoil.rewritten(spoil.duplicates), None),
    _astray("a cursor that repeats", spoil.same_cursor),
    _astray("a next page without a cursor", spoil.no_cursor),
    _astray("empty pages for ever", spoil.for_ever),
]

_REWRITTEN: Final = {"GraphQL errors in a 200", "200 of wrong types", "200 with 10 MB of text"}
REWRITING: Final = {fault.act for fault in FAULTS if fault.name in _REWRITTEN}
"""Those that change what GraphQL says, which other answers have nothing of."""
