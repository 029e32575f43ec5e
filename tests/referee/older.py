"""What is asked of both clients on servers that lack features."""

import json
import re

from tests.referee.evaluating import Json, Names
from tests.referee.looking import look, same_twin
from tests.referee.world import TWINS

#: A link, and a use of what is used already; nothing of it stays.
LINKING = """
one = api.artifact(f'{P}/{T}:v1').link(f'{P}/port-{T}', aliases=['staging'])
two = api.run(f'{P}/user').use_artifact(api.artifact(f'{P}/data:best'))
seen = [one.version, one.source_name, one.is_link, sorted(one.aliases), two.version]
one.collection.delete()
"""


def look_at_older(names: Names, whose: str) -> dict[str, Json]:
    """The outcome of every probe, and of linking a version of a client's own.

    The server's address is left out, so that what servers say can be compared.
    """
    names["T"] = TWINS[whose]
    seen = look(names) | {"linking": same_twin(names.outcome("seen", LINKING))}
    told: dict[str, Json] = json.loads(re.sub(r"127\.0\.0\.1:\d+", "server", json.dumps(seen)))
    return told
