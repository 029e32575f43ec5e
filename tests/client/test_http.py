"""HTTP responses: the errors that they become, with operation and message; retries."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import AsyncIterator, Iterator
from email.utils import formatdate

import httpx
import pytest
from pydantic import ValidationError
from typing_extensions import override

from tests.client.flavours import Flavour
from tests.client.taps import Script
from typed_artifacts import (
    ArtifactsError,
    AsyncArtifactType,
    AuthenticationError,
    ConflictError,
    ConnectionFailed,
    GraphQLError,
    NotFoundError,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    RetryPolicy,
    ServerError,
)
from typed_artifacts._graphql.project_artifact_types import ProjectArtifactTypes
from typed_artifacts.errors import GraphQLErrorItem

FOUND = {"data": {"project": {"artifactType": {"id": "x", "name": "dataset"}}}}
QUICK = RetryPolicy(tries=3, first_wait=0.001, longest_wait=0.002)


async def _ask(flavour: Flavour, *answers: httpx.Response | Exception) -> ArtifactsError:
    client = flavour.client(Script(*answers))
    with pytest.raises(ArtifactsError) as caught:
        await flavour.loaded(AsyncArtifactType, client, "e", "p", "dataset")
    error = caught.value
    assert error.operation == "ProjectArtifactType"
    assert error.subject == "e/p/dataset"
    assert "ProjectArtifactType" in str(error)
    return error


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthenticationError),
        (403, PermissionDenied),
        (404, ServerError),
        (408, RequestTimeout),
        (409, ConflictError),
        (410, ServerError),
        (429, RateLimited),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"message": "because I say so"}]},
        {"error": "because I say so"},
        {"error": {"message": "because I say so"}},
        {"errors": ["because I say so"]},
        "because I say so",
    ],
)
async def test_a_status_is_an_error_with_the_servers_words(
    flavour: Flavour, status: int, error: type[ArtifactsError], body: object
) -> None:
    answer = (
        httpx.Response(status, text=body)
        if isinstance(body, str)
        else httpx.Response(status, json=body)
    )
    found = await _ask(flavour, answer)
    assert type(found) is error
    assert found.server_says == "because I say so"
    assert "because I say so" in str(found)
    assert str(status) in str(found)
    if isinstance(found, ServerError):
        assert found.status == status


#: As api.wandb.ai says that something is not there; others say it with null data, and status 200.
GONE = {
    "errors": [{"message": "no such collection", "path": ["project", "artifactType"]}],
    "data": {"project": {"artifactType": None}},
}


@pytest.mark.parametrize("data", [GONE["data"], None])
async def test_graphql_that_says_404_is_about_what_was_asked_for(
    flavour: Flavour, data: object
) -> None:
    found = await _ask(flavour, httpx.Response(404, json=GONE | {"data": data}))
    assert isinstance(found, NotFoundError)
    assert found.missing == "artifact type"
    assert found.server_says == "no such collection"
    assert "or this key may not see it" in str(found)


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        (["project"], "project"),
        (["project", "artifactType", 0], "artifact type"),
        (["project", "artifactCollection"], "artifact collection"),
        (["project", "artifactCollectionMembership"], "artifact version"),
        (["artifact"], "artifact"),
        (["project", "run"], "run"),
        (["organization"], "organization"),
    ],
)
async def test_a_404_without_data_says_by_its_path_what_is_missing(
    flavour: Flavour, path: list[object], missing: str
) -> None:
    body = {"errors": [{"message": "no such thing", "path": path}]}
    found = await _ask(flavour, httpx.Response(404, json=body))
    assert isinstance(found, NotFoundError)
    assert found.missing == missing


async def test_a_404_with_null_data_and_no_path_is_of_graphql_too(flavour: Flavour) -> None:
    body = {"errors": [{"message": "no such thing"}], "data": None}
    found = await _ask(flavour, httpx.Response(404, json=body))
    assert isinstance(found, NotFoundError)
    assert found.server_says == "no such thing"


async def test_what_is_not_there_by_status_404_does_not_exist(flavour: Flavour) -> None:
    gone = httpx.Response(404, json=GONE)
    api = flavour.api(Script(gone, gone, gone))
    assert not await api.artifact_exists("e/p/c:v0")
    assert not await api.artifact_collection_exists("e/p/c", "dataset")
    with pytest.raises(NotFoundError):
        await api.artifacts("dataset", "e/p/c").length()


async def test_graphql_that_says_409_is_a_conflict(flavour: Flavour) -> None:
    clash = {"errors": [{"message": "rebase required", "path": ["project"]}], "data": None}
    found = await _ask(flavour, httpx.Response(409, json=clash))
    assert isinstance(found, ConflictError)
    assert found.server_says == "rebase required"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (403, "ask the owner, or use another key. The key came from the argument api_key."),
        (404, "no. Is this the address of a W&B server?"),
        (413, "or a proxy before it, accepts: have the limit raised."),
        (425, "no. Try again later."),
        (500, "no. Try again later."),
    ],
)
async def test_a_refusal_says_what_to_do(flavour: Flavour, status: int, advice: str) -> None:
    assert advice in str(await _ask(flavour, httpx.Response(status, text="no.")))


@pytest.mark.parametrize("tag", ["title", "TITLE", 'title lang="en"'])
async def test_a_page_instead_of_a_reply_is_told_by_its_title(flavour: Flavour, tag: str) -> None:
    end = tag.partition(" ")[0]
    page = f"<html><head><{tag}>\n502 Bad\tGateway </{end}></head><body>nginx</body></html>"
    found = await _ask(flavour, httpx.Response(502, html=page))
    assert found.server_says == "502 Bad Gateway"


async def test_a_missing_key_says_where_to_put_one(flavour: Flavour) -> None:
    assert "Set WANDB_API_KEY" in str(await _ask(flavour, httpx.Response(401)))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("7", 7.0), (" 7 ", 7.0), ("6.2", 6.2), ("0", 0.0), ("-3", 0.0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        (f"Thu, 01 Jan {10**20} 00:00:00 GMT", None),
        *(("soon", None), ("", None), (" ", None)),
    ],
)
async def test_retry_after_is_told(flavour: Flavour, header: str, seconds: float | None) -> None:
    found = await _ask(flavour, httpx.Response(429, headers={"Retry-After": header}))
    assert isinstance(found, RateLimited)
    assert found.retry_after == seconds
    assert str(found).endswith(", or later, in 7 s." if seconds else ", or later.")


@pytest.mark.parametrize("ahead", [-86_400, 86_400])
async def test_a_date_is_read_by_the_clock_of_the_server(flavour: Flavour, ahead: float) -> None:
    there = time.time() + ahead
    headers = {"Retry-After": formatdate(there + 30, usegmt=True)}
    headers["Date"] = formatdate(there, usegmt=True)
    found = await _ask(flavour, httpx.Response(429, headers=headers))
    assert isinstance(found, RateLimited)
    assert found.retry_after == 30


async def test_a_date_beside_one_that_is_none(flavour: Flavour) -> None:
    headers = {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT", "Date": "today"}
    found = await _ask(flavour, httpx.Response(429, headers=headers))
    assert isinstance(found, RateLimited)
    assert found.retry_after == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(200, html="<html><title>Sign in</title></html>"), "<title>Sign in</title>"),
        (httpx.Response(200), "an empty body"),
        (httpx.Response(200, text='{"data": {"project": {"artif'), '{"data": {"project": {"artif'),
        (httpx.Response(200, text="[]"), "[]"),
        (httpx.Response(200, text="null"), "null"),
        (httpx.Response(200, text='{"data":{"project":[]}}'), '{"data":{"project":[]}}'),
        (httpx.Response(200, text='{"data":{}}'), '{"data":{}}'),
        (httpx.Response(200, content=b"\xff\xfe\x00"), ""),
        (httpx.Response(200, text="[" * 100_000), "[[["),
    ],
    ids=["html", "empty", "truncated", "list", "null", "shape", "lacking", "binary", "deep"],
)
async def test_a_body_that_is_no_reply(
    flavour: Flavour, answer: httpx.Response, words: str
) -> None:
    found = await _ask(flavour, answer)
    assert type(found) is ServerError
    assert words in str(found)
    assert len(str(found)) < 600


async def test_what_is_no_reply_names_the_server_and_what_was_asked_for(flavour: Flavour) -> None:
    found = await _ask(flavour, httpx.Response(200, html="<p>Hello</p>"))
    said = "answered ProjectArtifactType for e/p/dataset with something that is not its reply"
    assert f"http://localhost {said}: <p>Hello</p> (" in str(found)
    assert str(found).endswith("of a W&B server, and no proxy or login page in between?")


@pytest.mark.parametrize(
    "body",
    [{"data": None}, {}, {"data": None, "errors": []}, {"data": None, "errors": {}}],
)
async def test_neither_data_nor_errors(flavour: Flavour, body: object) -> None:
    found = await _ask(flavour, httpx.Response(200, json=body))
    assert type(found) is ServerError
    assert "ProjectArtifactType for e/p/dataset with no data and no error" in str(found)


@pytest.mark.parametrize("status", [200, 400, 422])
async def test_graphql_errors(flavour: Flavour, status: int) -> None:
    errors = [
        {"message": "first", "path": ["project", 0], "extensions": {"code": "BAD"}},
        {"message": "second"},
        "third",
    ]
    found = await _ask(
        flavour, httpx.Response(status, json={"data": {"project": None}, "errors": errors})
    )
    assert isinstance(found, GraphQLError)
    assert found.server_says == "first; second; third"
    assert found.errors[0] == GraphQLErrorItem("first", ("project", 0), {"code": "BAD"})
    assert found.errors[2].message == "third"
    assert found.data == {"project": None}
    assert str(found) == (
        "The server refused ProjectArtifactType for e/p/dataset: first; second; third"
    )


async def test_a_change_that_is_not_permitted_says_what_to_do(flavour: Flavour) -> None:
    error = {"message": "Permission denied.", "extensions": {"code": "PERMISSION_ERROR"}}
    found = await _ask(flavour, httpx.Response(200, json={"data": None, "errors": [error]}))
    assert isinstance(found, GraphQLError)
    assert found.server_says == "Permission denied."
    assert str(found) == (
        "The server refused ProjectArtifactType for e/p/dataset: Permission denied. The key is "
        "known but may not do this; ask the owner, or use another key."
    )


async def test_one_of_two_errors_says_that_it_is_not_permitted(flavour: Flavour) -> None:
    error = {"message": "Permission denied.", "extensions": {"code": "PERMISSION_ERROR"}}
    body = {"data": None, "errors": [{"message": "Try again."}, error]}
    found = await _ask(flavour, httpx.Response(200, json=body))
    assert str(found).endswith(
        "; Permission denied. The key is known but may not do this; ask the owner, or use another "
        "key."
    )


@pytest.mark.parametrize("status", [200, 400])
async def test_parts_of_an_error_that_are_of_other_types_are_left_out(
    flavour: Flavour, status: int
) -> None:
    errors = [
        {"message": "first", "path": "project", "extensions": "BAD"},
        {"message": "second", "path": ["project", None, {"a": 1}, 0], "extensions": ["BAD"]},
    ]
    found = await _ask(flavour, httpx.Response(status, json={"data": None, "errors": errors}))
    assert isinstance(found, GraphQLError)
    assert found.errors == (
        GraphQLErrorItem("first", (), {}),
        GraphQLErrorItem("second", ("project", 0), {}),
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"message": ""}, '{"message": ""}'),
        ({"message": " ", "path": ["project"]}, '{"message": " ", "path": ["project"]}'),
        ({"message": None}, '{"message": null}'),
        ({}, "{}"),
        (None, "null"),
        (True, "true"),
        (["모델"], '["모델"]'),
        ({"message": "\x1b[2Jred\x00\x9b"}, r"\x1b[2Jred\x00\x9b"),
        ({"message": "one\n\ttwo\u3000three"}, "one\n\ttwo\u3000three"),
        ({"message": "half \ud800"}, r"half \ud800"),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_the_words_of_an_error_can_be_printed(
    flavour: Flavour, error: object, said: str, status: int
) -> None:
    body = json.dumps({"data": None, "errors": [error]})  # half a pair as an escape
    found = await _ask(flavour, httpx.Response(status, content=body))
    assert isinstance(found, GraphQLError)
    assert found.errors[0].message == found.server_says == said
    assert str(found) == f"The server refused ProjectArtifactType for e/p/dataset: {said}"


@pytest.mark.parametrize("status", [200, 500])
async def test_the_beginning_of_a_body_can_be_printed(flavour: Flavour, status: int) -> None:
    found = await _ask(flavour, httpx.Response(status, content=b"\x1b[31mred\x00 \xff"))
    assert type(found) is ServerError
    assert found.server_says == "\\x1b[31mred\\x00 \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a":', "}")])
async def test_errors_that_are_nested_as_deeply_as_can_be_read(
    flavour: Flavour, brackets: tuple[str, str]
) -> None:
    opened, closed = brackets
    # In the depth of the parser the collector's calls for earlier clients would be too deep, too.
    gc.disable()
    try:
        # Where the limit of the interpreter is depends on who calls; one depth is read, and not
        # shown.
        for depth in range(800, 1000):
            text = f'{{"error": {{"a": {opened * depth}1{closed * depth}}}}}'
            found = await _ask(flavour, httpx.Response(200, content=text))
            assert type(found) in {GraphQLError, ServerError}
    finally:
        gc.enable()


async def test_errors_with_data_of_another_shape(flavour: Flavour) -> None:
    body = {"data": {"project": 5}, "errors": [{"message": "broken"}]}
    found = await _ask(flavour, httpx.Response(200, json=body))
    assert isinstance(found, GraphQLError)
    assert found.server_says == "broken"


async def test_a_400_without_graphql_errors(flavour: Flavour) -> None:
    found = await _ask(flavour, httpx.Response(400, text="bad request"))
    assert type(found) is ServerError
    assert found.server_says == "bad request"


@pytest.mark.parametrize("status", [300, 302, 308])
async def test_a_redirect_is_told_and_not_followed(flavour: Flavour, status: int) -> None:
    answer = httpx.Response(status, headers={"Location": "https://elsewhere.example/graphql"})
    found = await _ask(flavour, answer)
    assert type(found) is ServerError
    assert "redirects ProjectArtifactType to https://elsewhere.example/graphql" in str(found)


@pytest.mark.parametrize(
    ("fault", "error", "sent"),
    [
        (httpx.ConnectError("refused"), ConnectionFailed, False),
        (httpx.ConnectTimeout("slow"), RequestTimeout, False),
        (httpx.PoolTimeout("busy"), RequestTimeout, False),
        (httpx.ReadTimeout("slow"), RequestTimeout, True),
        (httpx.WriteTimeout("slow"), RequestTimeout, True),
        (httpx.ReadError("reset"), ConnectionFailed, True),
        (httpx.RemoteProtocolError("hung up"), ConnectionFailed, True),
        (httpx.ProxyError("no proxy"), ConnectionFailed, False),
        (httpx.UnsupportedProtocol("gopher"), ConnectionFailed, True),
        (RuntimeError("Event loop is closed"), ConnectionFailed, True),
    ],
)
async def test_a_fault_of_the_network(
    flavour: Flavour, fault: Exception, error: type[ArtifactsError], sent: bool
) -> None:
    found = await _ask(flavour, fault)
    assert type(found) is error
    assert isinstance(found, ConnectionFailed)
    assert found.request_sent is sent
    assert found.__cause__ is fault
    assert str(fault) in str(found)


async def test_a_bug_of_a_transport_is_raised_as_it_is(flavour: Flavour) -> None:
    fault = RuntimeError("a bug")
    with pytest.raises(RuntimeError) as caught:
        await flavour.loaded(AsyncArtifactType, flavour.client(Script(fault)), "e", "p", "dataset")
    assert caught.value is fault


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that notes that it is closed."""

    is_closed = False

    @override
    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{}"

    @override
    def close(self) -> None:
        self.is_closed = True

    @override
    async def aclose(self) -> None:
        self.is_closed = True


class _OfBody(Script):
    """Answers with a body in an encoding that nobody asked for."""

    def __init__(self, body: _Body) -> None:
        super().__init__()
        self._body = body

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "compress"}, stream=self._body)


async def test_a_response_that_is_not_read_is_closed(flavour: Flavour) -> None:
    body = _Body()
    client = flavour.client(_OfBody(body))
    with pytest.raises(ServerError, match="encoded as 'compress', which nobody asked for"):
        await flavour.loaded(AsyncArtifactType, client, "e", "p", "dataset")
    assert body.is_closed


async def test_a_body_that_cannot_be_decoded(flavour: Flavour) -> None:
    found = await _ask(flavour, httpx.DecodingError("incorrect header check"))
    assert type(found) is ServerError
    assert "cannot be decoded" in str(found)


async def test_the_key_is_in_no_error(flavour: Flavour) -> None:
    for answer in (httpx.Response(401, text="no"), httpx.ConnectError("refused")):
        found = await _ask(flavour, answer)
        assert "k" * 40 not in str(found) + repr(vars(found))


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(408),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.ConnectError("refused"),
    ],
    ids=str,
)
async def test_a_query_is_sent_again(flavour: Flavour, fault: httpx.Response | Exception) -> None:
    script = Script(fault, fault, httpx.Response(200, json=FOUND))
    found = await flavour.loaded(
        AsyncArtifactType, flavour.client(script, retry=QUICK), "e", "p", "dataset"
    )
    assert found.id == "x"
    assert len(script.sent) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 422, 501, 302])
async def test_an_answer_that_is_final_is_not_asked_for_again(
    flavour: Flavour, status: int
) -> None:
    script = Script(httpx.Response(status))
    with pytest.raises(ArtifactsError):
        await flavour.loaded(
            AsyncArtifactType, flavour.client(script, retry=QUICK), "e", "p", "dataset"
        )
    assert len(script.sent) == 1


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, text="<html>"), httpx.Response(200, json={"errors": ["no"]})],
    ids=["html", "errors"],
)
async def test_an_answer_that_was_executed_is_not_asked_for_again(
    flavour: Flavour, answer: httpx.Response
) -> None:
    script = Script(answer)
    with pytest.raises(ArtifactsError):
        await flavour.loaded(
            AsyncArtifactType, flavour.client(script, retry=QUICK), "e", "p", "dataset"
        )
    assert len(script.sent) == 1


async def test_patience_ends_with_the_last_error(flavour: Flavour) -> None:
    script = Script(httpx.Response(500), httpx.Response(500), httpx.Response(503, text="gone"))
    with pytest.raises(ServerError, match="503: gone"):
        await flavour.loaded(
            AsyncArtifactType, flavour.client(script, retry=QUICK), "e", "p", "dataset"
        )
    assert len(script.sent) == 3


DELETED = {"data": {"deleteArtifactSequence": None}}


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(429),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
    ],
    ids=str,
)
async def test_a_mutation_that_surely_did_not_run_is_sent_again(
    flavour: Flavour, fault: httpx.Response | Exception
) -> None:
    script = Script(fault, fault, httpx.Response(200, json=DELETED))
    await flavour.client(script, retry=QUICK).queries.delete_artifact_sequence(id="x")
    assert len(script.sent) == 3


@pytest.mark.parametrize(
    "fault",
    [
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(408),
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.RemoteProtocolError("hung up"),
    ],
    ids=str,
)
async def test_a_mutation_that_may_have_run_is_not_sent_again(
    flavour: Flavour, fault: httpx.Response | Exception
) -> None:
    script = Script(fault)
    with pytest.raises(ArtifactsError):
        await flavour.client(script, retry=QUICK).queries.delete_artifact_sequence(id="x")
    assert len(script.sent) == 1


async def test_no_variable_is_null(flavour: Flavour) -> None:
    script = Script(httpx.Response(200, json={"data": {"project": None}}))
    await flavour.client(script).queries.project_artifact_types(
        entity="e", project="p", cursor=None
    )
    assert script.sent[0].variables == {"entity": "e", "project": "p", "perPage": 50}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_an_answer_that_begins_with_a_byte_order_mark_is_read(
    flavour: Flavour, encoding: str
) -> None:
    script = Script(httpx.Response(200, content=json.dumps(FOUND).encode(encoding)))
    found = await flavour.loaded(AsyncArtifactType, flavour.client(script), "e", "p", "dataset")
    assert found.id == "x"


async def test_a_newer_servers_answer_is_read(flavour: Flavour) -> None:
    reply = {"data": {"project": {"artifactType": {"id": "x", "name": "n", "later": 1}}}, "more": 2}
    script = Script(httpx.Response(200, json=reply))
    found = await flavour.loaded(AsyncArtifactType, flavour.client(script), "e", "p", "n")
    assert found.id == "x"


@pytest.mark.parametrize("status", [200, 500])
async def test_of_many_errors_the_first_are_quoted_and_all_are_kept(
    flavour: Flavour, status: int
) -> None:
    words = [f"field {number} is refused" for number in range(3000)]
    body = {"errors": [{"message": text} for text in ["not now", "not now", *words]]}
    error = await _ask(flavour, *[httpx.Response(status, json=body)] * 6)
    assert "not now; field 0 is refused; " in str(error)
    assert "field 3 is refused; and 2,996 more" in str(error)
    assert error.server_says is not None
    assert len(error.server_says) < 200
    if isinstance(error, GraphQLError):
        assert len(error.errors) == 3002


async def test_of_a_long_message_the_beginning_is_quoted(flavour: Flavour) -> None:
    body = {"errors": [{"message": "x" * 1_000_000}]}
    error = await _ask(flavour, httpx.Response(200, json=body))
    assert "xxx…" in str(error)
    assert len(str(error)) < 3000


def test_of_a_list_the_first_wrong_item_is_told() -> None:
    """An error was made of each: of two million, which are some kilobytes compressed, gigabytes."""
    edges = b"1," * 1_000 + b"1"
    with pytest.raises(ValidationError) as caught:
        ProjectArtifactTypes.model_validate_json(
            b'{"project": {"artifactTypes": {"edges": [' + edges + b"]}}}"
        )
    assert caught.value.error_count() == 2  # one of the edges, and that there is no pageInfo
