"""The objects that resolvers return: database rows with the names of the schema.

Where a field is a plain attribute here, in snake_case, it needs no resolver. `batch` holds the
nodes that were read together, so that what one needs is read for all of them at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..database.ids import global_id


@dataclass(slots=True, eq=False)
class Organization:
    key: int
    name: str

    @property
    def id(self) -> str:
        return global_id("Organization", self.key)


@dataclass(slots=True, eq=False)
class Entity:
    key: int
    name: str
    kind: str
    organization_key: int | None
    created_at: str

    @property
    def id(self) -> str:
        return global_id("Entity", self.key)


@dataclass(slots=True, eq=False)
class User:
    key: int
    username: str
    name: str
    email: str
    entity_key: int
    default_entity_key: int | None
    created_at: str

    @property
    def id(self) -> str:
        return global_id("User", self.key)

    @property
    def chosen_entity_key(self) -> int:
        """Where things go that name no entity."""
        return self.default_entity_key or self.entity_key


@dataclass(slots=True, eq=False)
class Member:
    """A user as one of a team, an organization, or a project."""

    user: User
    role: str

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def username(self) -> str:
        return self.user.username

    @property
    def email(self) -> str:
        return self.user.email


@dataclass(slots=True, eq=False)
class Invite:
    """An invitation, accepted already."""

    to_user: User
    created_at: str

    @property
    def id(self) -> str:
        return global_id("Invite", self.to_user.key)

    @property
    def name(self) -> str:
        return self.to_user.username

    @property
    def email(self) -> str:
        return self.to_user.email


@dataclass(slots=True, eq=False)
class Project:
    key: int
    entity_key: int
    name: str
    description: str | None
    access: str
    any_type: bool
    views: str | None
    created_at: str
    updated_at: str

    @property
    def id(self) -> str:
        return global_id("Project", self.key)

    @property
    def internal_id(self) -> str:
        return global_id("ProjectInternalId", self.key)


@dataclass(slots=True, eq=False)
class Type:
    key: int
    project_key: int
    name: str
    description: str | None
    created_at: str

    @property
    def id(self) -> str:
        return global_id("ArtifactType", self.key)


@dataclass(slots=True, eq=False)
class Collection:
    key: int
    project_key: int
    type_key: int
    kind: str
    name: str
    description: str | None
    version_count: int
    created_at: str
    updated_at: str
    batch: "Sequence[Collection]" = ()
    state: str = "READY"
    hidden: bool = False  # in a project that the viewer may not see: only its name is shown

    @property
    def id(self) -> str:
        return global_id("ArtifactCollection", self.key)


@dataclass(slots=True, eq=False)
class Version:
    key: int
    sequence_key: int
    version_index: int | None
    state: str
    digest: str
    digest_algorithm: str
    description: str | None
    metadata: str | None
    ttl: int | None
    size: int
    file_count: int
    history_step: int | None
    commit_hash: str | None
    manifest_key: int | None
    run_key: int | None
    user_key: int | None
    created_at: str
    updated_at: str
    batch: "Sequence[Version]" = ()
    #: Its number in the portfolio that lists it, as W&B's server has it among the aliases: official
    #: clients take the version's own number where there is none.
    number: "Alias | None" = None

    @property
    def id(self) -> str:
        return global_id("Artifact", self.key)


@dataclass(slots=True, eq=False)
class Membership:
    key: int
    collection_key: int
    version_key: int
    version_index: int
    created_at: str
    batch: "Sequence[Membership]" = ()

    @property
    def id(self) -> str:
        return global_id("ArtifactCollectionMembership", self.key)


@dataclass(slots=True, eq=False)
class Alias:
    key: int
    collection_key: int
    alias: str
    batch: "Sequence[Alias]" = ()

    @property
    def id(self) -> str:
        return global_id("ArtifactAlias", self.key)


@dataclass(slots=True, eq=False)
class Tag:
    key: int
    name: str
    category: str

    @property
    def id(self) -> str:
        return global_id("Tag", self.key)


@dataclass(slots=True, eq=False)
class Manifest:
    key: int
    blob: str
    size: int
    file_count: int
    stored_count: int
    version: Version
    upload: "File | None" = None

    @property
    def id(self) -> str:
        # A manifest that is being uploaded and a stored one are different things.
        return global_id("ArtifactManifest", self.key if self.upload else f"stored-{self.key}")


@dataclass(frozen=True, slots=True)
class UploadPart:
    part_number: int
    upload_url: str


@dataclass(frozen=True, slots=True)
class UploadParts:
    """Where the parts of a file go."""

    upload_id: str
    upload_url_parts: list[UploadPart]


@dataclass(frozen=True, slots=True)
class CompletedUpload:
    digest: str


@dataclass(slots=True, eq=False)
class File:
    """A file of a version, its manifest, or one that is about to be uploaded."""

    name: str
    digest: str | None
    md5: str | None
    size_bytes: int
    version: Version
    blob: str | None = None
    reference: str | None = None  # where the bytes are instead
    upload_url: str | None = None
    upload_headers: list[str] = field(default_factory=list[str])
    is_manifest: bool = False
    upload_parts: UploadParts | None = None

    @property
    def id(self) -> str:
        return global_id("ArtifactFile", f"{self.version.id}:{self.name}")


@dataclass(slots=True, eq=False)
class Run:
    key: int
    project_key: int
    name: str
    display_name: str | None
    notes: str | None
    state: str
    job_type: str | None
    group: str | None
    commit: str | None
    config: str
    summary_metrics: str
    tags_json: str
    user_key: int | None
    created_at: str
    heartbeat_at: str

    @property
    def id(self) -> str:
        return global_id("Run", self.key)
