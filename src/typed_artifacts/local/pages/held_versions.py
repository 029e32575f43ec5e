"""A version in a collection, with the addresses of its pages."""

from dataclasses import dataclass

from ..errors import RegistryNotFound
from ..graph import nodes as n
from ..graph.finding import find_member
from ..graph.reads_versions import membership_version
from . import addresses
from .listings import project_crumbs
from .page_request import PageRequest
from .rendering import Link


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A version as one collection holds it, and the addresses around it."""

    path: tuple[str, str]
    collection: n.Collection
    type: str
    member: n.Membership
    version: n.Version

    @property
    def number(self) -> str:
        return f"v{self.member.version_index}"

    @property
    def name(self) -> str:
        return f"{self.collection.name}:{self.number}"

    @property
    def full_name(self) -> str:
        return "/".join((*self.path, self.name))

    @property
    def href(self) -> str:
        return addresses.version_address(*self.path, self.type, self.collection.name, self.number)

    @property
    def crumbs(self) -> list[Link]:
        """The way to the version's page."""
        entity, project = self.path
        kind = addresses.address(entity, project, "artifacts", self.type)
        address = addresses.collection_address(entity, project, self.type, self.collection.name)
        return [
            *project_crumbs(entity, project),
            Link(self.type, kind),
            Link(self.collection.name, address),
        ]


def held_version(
    page_request: PageRequest, path: tuple[str, str], collection: n.Collection, name: str
) -> HeldVersion:
    """The version that a collection calls so: by number, alias, or digest."""
    member = find_member(page_request.context, collection.key, name)
    version = None if member is None else membership_version(member, page_request.context)
    if member is None or version is None:
        raise RegistryNotFound(
            f"There is no version {name!r} of {'/'.join((*path, collection.name))}."
        )
    return HeldVersion(path, collection, page_request.type_name(collection), member, version)
