"""Every fault in every kind of call: the right result, or the right error and nothing changed.

And of all that was let out on the way: the key is in the Authorization header, and nowhere else.
"""

import re
from pathlib import Path

import pytest

from tests.reliability.conftest import Ran
from tests.reliability.leaking import TOKEN, leaks
from tests.reliability.tabling import table

pytestmark = pytest.mark.long

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
_BEARER = re.compile(r"^Authorization: Bearer (tat_\S{43})$", re.MULTILINE)


def test_no_cell_is_wrong(ran: Ran) -> None:
    assert len(ran.cells) > 650
    assert [cell for cell in ran.cells if cell.wrong] == []


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_no_cell_is_wrong_in_either_flavour(ran: Ran) -> None:
    assert len(ran.cells) > 1600
    assert [cell for cell in ran.cells if cell.wrong] == []


def test_the_documented_table_is_the_one_that_comes_out(ran: Ran) -> None:
    documented = DOCS.read_text().partition("## Faults")[2].partition("\n## ")[0]
    assert _rows(table(ran.cells)) == _rows(documented)


def _rows(text: str) -> list[str]:
    return [
        re.sub(" +", " ", re.sub("-{3,}", "---", line))
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_nothing_that_the_matrix_let_out_has_the_key(ran: Ran) -> None:
    assert len(ran.evidence.texts) > 1000
    assert [text[:2000] for text in ran.evidence.texts if leaks(text)] == []


def test_nothing_that_the_matrix_let_out_has_a_token(ran: Ran) -> None:
    identity, tokens = ran.evidence.identity, _BEARER.findall("\n".join(ran.evidence.arrived))
    assert len(set(tokens)) > 10
    secrets = {*tokens, identity, identity[:40], identity[-40:]}
    text = "\n".join(ran.evidence.texts)
    assert "tat_" not in text  # with which each access token of the server begins
    assert [secret for secret in secrets if secret in text] == []


def test_tokens_come_where_they_belong(ran: Ran) -> None:
    for text in ran.evidence.arrived:
        first, _, rest = text.partition("\n")
        _, _, body = rest.partition("\n\n")
        if ran.evidence.identity in text:
            assert first == "POST /oidc/token"
            assert ran.evidence.identity in body
            assert "authorization" not in text.lower()
        if "tat_" in text:
            assert first == "POST /graphql"
            assert text.count("tat_") == len(_BEARER.findall(text)) == 1


def test_the_key_comes_in_one_header_of_graphql_requests_only(ran: Ran) -> None:
    kinds = {"graphql": 0, "files": 0}
    for text in ran.evidence.arrived:
        first, _, rest = text.partition("\n")
        if first.startswith("POST /oidc/token") or "Authorization: Bearer " in rest:
            assert not leaks(text)  # of those who have no key
            continue
        graphql = first.startswith("POST /graphql")
        kinds["graphql" if graphql else "files"] += 1
        lines = [line for line in [first, *rest.split("\n")] if leaks(line)]
        assert lines == ([f"Authorization: Basic {TOKEN}"] if graphql else [])
    assert min(kinds.values()) > 100


def test_another_host_gets_no_credentials(ran: Ran) -> None:
    # Files are fetched from where a redirect leads; the API is not.
    assert ran.evidence.elsewhere
    for text in ran.evidence.elsewhere:
        assert text.startswith(("GET /~/elsewhere", "PUT /~/elsewhere"))
        assert not leaks(text)
        assert "authorization" not in text.lower()
