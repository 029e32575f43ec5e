"""Removes secrets from the log messages of HTTP libraries."""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from .._values.guards import override
from .redaction import SIGNED

if TYPE_CHECKING:
    from .redaction import Redactor

_LOGGERS: Final = (
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "urllib3.connection",
    "urllib3.connectionpool",
)
# Text that was redacted before is in brackets and has spaces.
_QUERY: Final = re.compile(rf"\?(?:{re.escape(SIGNED)}|[^\s\"])*")
REDACTOR: ContextVar[Redactor | None] = ContextVar("REDACTOR", default=None)
"""Knows the secrets of the client whose request is being sent."""


class _WithoutSecrets(logging.Filter):
    """Of lines that are logged while a request of ours is sent; others are left as they are."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        redactor = REDACTOR.get()
        if redactor is not None:
            if record.exc_info and record.exc_info[1]:
                redactor.error(record.exc_info[1])
            # The query of a signed URL is a key to its file, whatever its names are.
            record.msg, record.args = _QUERY.sub("", redactor.text(record.getMessage())), ()
        return True


for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_WithoutSecrets())
