"""A writer between the last look at a version and its deletion: what gets a name then, stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.taps import JsonObject, Sent, Tap
from typed_artifacts import Api
from typed_artifacts.local import Registry, open_local

pytestmark = pytest.mark.long

PATH = "local/p/data"
COUNT = 5


def log(registry: Registry, number: int, *aliases: str) -> None:
    """A version of this number, or other aliases for the one that is there."""
    registry.log_version(PATH, type="t", files={"own": str(number)}, aliases=aliases)


@settings(max_examples=25, deadline=None)
@given(
    held=st.lists(st.integers(0, 2), min_size=COUNT, max_size=COUNT),
    named=st.sets(st.integers(0, COUNT - 2)),
    keep_last=st.integers(1, 2),
)
def test_no_version_goes_that_got_an_alias_at_the_last_moment(
    held: list[int], named: set[int], keep_last: int
) -> None:
    with open_local() as server:
        tap = Tap(server)
        for number, count in enumerate(held):
            log(server.registry, number, *(f"old-{number}-{each}" for each in range(count)))

        def write(sent: Sent, _: JsonObject) -> None:
            if sent.operation == "ArtifactHoldersBatch":
                tap.rewrite = None
                for number in sorted(named):
                    log(server.registry, number, f"new-{number}")

        address = "http://localhost"
        with Api(base_url=address, api_key=server.api_key, transport=tap) as api:
            plan = api.plan_prune("local/p", keep_last=keep_last, keep_aliases=("latest",))
            going = {row.name for row in plan.going}
            tap.rewrite = write
            report = plan.apply(api)
            left = {each.name: set(each.aliases) for each in api.artifacts("t", PATH)}
        kept = {f"data:v{number}" for number in named} & going
        assert {each.row.name for each in report.changed} == kept
        assert not report.failed
        assert {each.row.name for each in report.done} == going - kept
        assert left.keys() == {f"data:v{number}" for number in range(COUNT)} - (going - kept)
        for number, count in enumerate(held):
            aliases = {f"old-{number}-{each}" for each in range(count)}
            aliases |= {f"new-{number}"} if number in named else set()
            if (name := f"data:v{number}") in left:
                assert left[name] - {"latest"} == aliases
