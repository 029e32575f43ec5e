"""The addresses of pages. Pure.

The addresses of versions, collections and runs are those that W&B's own pages have, and that
clients compose from names: they are not ours to choose.
"""

from urllib.parse import quote, unquote

# No entity has this name: "~" is not allowed in names.
OWN = "/~"
SIGN_IN = f"{OWN}/sign-in"
SIGN_OUT = f"{OWN}/sign-out"
STATIC = f"{OWN}/static"


def address(*names: str) -> str:
    """A path of names, each of which may hold any character."""
    return "".join(f"/{quote(name, safe='')}" for name in names) or "/"


def names_in(path: str) -> list[str]:
    """The names in a path as it came, still percent-encoded."""
    return [unquote(part) for part in path.strip("/").split("/")] if path.strip("/") else []


def collection_address(entity: str, project: str, kind: str, collection: str) -> str:
    """The page of a collection; `kind` is the name of its type."""
    return address(entity, project, "artifacts", kind, collection)


def version_address(entity: str, project: str, kind: str, collection: str, version: str) -> str:
    """The page of a version, as `artifact.url` has it."""
    return address(entity, project, "artifacts", kind, collection, version)


def run_address(entity: str, project: str, run: str) -> str:
    """The page of a run, as `run.url` has it."""
    return address(entity, project, "runs", run)


def below(page: str, room: str, path: str) -> str:
    """Where something of a version is: its file `path`, under `files` or `raw`."""
    return f"{page}/{room}{address(*path.split('/'))}"


def sign_in_address(next_: str) -> str:
    """The sign-in page, from where one comes back to `next_`."""
    return SIGN_IN if next_ in ("", "/") else f"{SIGN_IN}?next={quote(next_, safe='/')}"


def own_path(text: str) -> str:
    """A path of this server; the first page where the text is anything else."""
    # Browsers take `//host`, and the same with a backslash, for addresses of other servers.
    plain = text.startswith("/") and not text.startswith(("//", "/\\"))
    # Paths of this server are percent-encoded, and no header has other characters.
    return text if plain and text.isascii() and text.isprintable() else "/"
