"""A hook of mkdocs: NAME.ko.md is what NAME.md is in Korean.

In a build in Korean (`theme.language`) it takes the place of NAME.md, under the same address; a
page that is not translated stays as it is. A build in English leaves it out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_TRANSLATED = re.compile(r"(.*)\.([a-z]{2})\.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the pages of the language that is built where their originals are."""
    for file in list(files):
        found = _TRANSLATED.fullmatch(file.src_uri)
        if found is None:
            continue
        files.remove(file)
        original = files.get_file_from_path(f"{found[1]}.md")
        if original is None:
            raise SystemExit(f"{file.src_uri} translates no page")
        if found[2] == config.theme["language"]:
            original.abs_src_path = file.abs_src_path
    return files
