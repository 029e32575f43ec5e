# What the tests use of vcrpy, which brings no types.

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import Enum

class RecordMode(Enum):
    NONE = "none"
    ONCE = "once"

mode = RecordMode

class Cassette:
    @property
    def all_played(self) -> bool: ...

class VCR:
    def __init__(
        self, *, filter_headers: Sequence[str] = (), match_on: Sequence[str] = ()
    ) -> None: ...
    def use_cassette(
        self, path: str, *, record_mode: RecordMode = ...
    ) -> AbstractContextManager[Cassette]: ...
