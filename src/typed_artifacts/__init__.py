"""A typed client for Weights & Biases artifacts, sync and async, generated from GraphQL.

    from typed_artifacts import Api

    with Api() as api:
        for version in api.artifacts("dataset", "my-team/my-project/mnist"):
            print(version.name, version.aliases)

Names are imported when they are used: ``import typed_artifacts`` alone loads nothing else.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.2.0"

# Type checkers take the name for true; importing ``typing`` would cost more than all the rest. What
# completes names in notebooks (jedi) believes a ``False`` and would know none: this it cannot tell.
TYPE_CHECKING = bool()  # noqa: UP018  # a literal is what it must not be

if TYPE_CHECKING:
    from . import errors
    from ._async.api import AsyncApi
    from ._async.artifact import AsyncArtifact
    from ._async.artifact_collection import AsyncArtifactCollection
    from ._async.artifact_collections import AsyncArtifactCollections
    from ._async.artifact_files import AsyncArtifactFiles
    from ._async.artifact_type import AsyncArtifactType
    from ._async.artifact_types import AsyncArtifactTypes
    from ._async.artifacts import AsyncArtifacts
    from ._async.client import AsyncClient
    from ._async.download_all import async_download_all
    from ._async.draft import AsyncArtifactDraft
    from ._async.file import AsyncFile
    from ._async.pager import AsyncPaginator, AsyncSizedPaginator
    from ._async.project import AsyncProject
    from ._async.project_artifact_collections import AsyncProjectArtifactCollections
    from ._async.queries import AsyncQueries
    from ._async.registries import AsyncRegistries
    from ._async.registry import AsyncRegistry
    from ._async.registry_collections import AsyncRegistryCollections
    from ._async.registry_versions import AsyncRegistryVersions
    from ._async.run import AsyncRun
    from ._async.run_artifacts import AsyncRunArtifacts
    from ._caching.cache import Cache
    from ._caching.reports import CacheCheck, CacheContents, CachedVersion, CacheRemoval
    from ._comparing.differences import EntryChange, ManifestDiff, MetadataChange, NameChanges
    from ._copying.report import CopiedVersion, CopyReport
    from ._domain.arguments.checks import Filters
    from ._domain.client.identity import Identity
    from ._domain.collections.registries import RegistryVisibility
    from ._domain.lists.pages import Page
    from ._domain.notices import (
        ArgumentsIgnored,
        FilesNotFound,
        MetadataChanged,
        NamesRefused,
        ReferencesNotFollowed,
        TagsIncomplete,
    )
    from ._domain.projects.inventory import (
        Inventory,
        InventoryCollection,
        InventoryType,
        InventoryVersion,
    )
    from ._domain.versions.time_to_live import ArtifactTTL
    from ._environment.access_tokens import AccessToken
    from ._graphql.enums import ArtifactDigestAlgorithm, ArtifactState
    from ._requests.request_event import RequestEvent
    from ._requests.retry import NO_RETRIES, RetryPolicy
    from ._retention.plan import PrunePlan, PruneRow
    from ._retention.progress import PruneProgress
    from ._retention.report import PruneOutcome, PruneReport
    from ._retention.rules import RetentionRules
    from ._sync.api import Api
    from ._sync.artifact import Artifact
    from ._sync.artifact_collection import ArtifactCollection
    from ._sync.artifact_collections import ArtifactCollections
    from ._sync.artifact_files import ArtifactFiles
    from ._sync.artifact_type import ArtifactType
    from ._sync.artifact_types import ArtifactTypes
    from ._sync.artifacts import Artifacts
    from ._sync.client import Client
    from ._sync.download_all import download_all
    from ._sync.draft import ArtifactDraft
    from ._sync.file import File
    from ._sync.pager import Paginator, SizedPaginator
    from ._sync.project import Project
    from ._sync.project_artifact_collections import ProjectArtifactCollections
    from ._sync.queries import Queries
    from ._sync.registries import Registries
    from ._sync.registry import Registry
    from ._sync.registry_collections import RegistryCollections
    from ._sync.registry_versions import RegistryVersions
    from ._sync.run import Run
    from ._sync.run_artifacts import RunArtifacts
    from ._transfer import (
        DownloadPlan,
        Manifest,
        ManifestEntry,
        Reference,
        TransferEvent,
        VerifyReport,
    )
    from ._transfer.downloads.async_stream import AsyncStream
    from ._usage.tally import Usage, UsageRow
    from ._values.json_values import JsonInput, JsonValue
    from ._values.plain import Metadata
    from .errors import (
        ArtifactsError,
        AuthenticationError,
        ConflictError,
        ConnectionFailed,
        ExtraNotInstalled,
        GraphQLError,
        IntegrityError,
        InvalidInput,
        LengthUnknown,
        NotFoundError,
        NotLoadedError,
        OfflineError,
        PaginationError,
        PartialSaveError,
        PermissionDenied,
        ProxyAuthenticationRequired,
        RateLimited,
        RequestTimeout,
        ServerError,
        UnsupportedByServer,
        UntrustedCertificate,
    )
    from .holdings import HeldCollection, HeldVersion, Holders, VersionMembership
    from .lineage import Lineage, LineageEdge, LineageRun, LineageVersion

# Module → the public names in it.
_HOMES = {
    "._async.api": "AsyncApi",
    "._async.artifact": "AsyncArtifact",
    "._async.artifact_collection": "AsyncArtifactCollection",
    "._async.artifact_collections": "AsyncArtifactCollections",
    "._async.artifact_files": "AsyncArtifactFiles",
    "._async.artifact_type": "AsyncArtifactType",
    "._async.artifact_types": "AsyncArtifactTypes",
    "._async.artifacts": "AsyncArtifacts",
    "._async.client": "AsyncClient",
    "._async.draft": "AsyncArtifactDraft",
    "._async.file": "AsyncFile",
    "._async.pager": "AsyncPaginator AsyncSizedPaginator",
    "._async.project": "AsyncProject",
    "._async.project_artifact_collections": "AsyncProjectArtifactCollections",
    "._async.queries": "AsyncQueries",
    "._async.registries": "AsyncRegistries",
    "._async.registry": "AsyncRegistry",
    "._async.registry_collections": "AsyncRegistryCollections",
    "._async.registry_versions": "AsyncRegistryVersions",
    "._async.run": "AsyncRun",
    "._async.run_artifacts": "AsyncRunArtifacts",
    "._caching.cache": "Cache",
    "._caching.reports": "CacheCheck CacheContents CacheRemoval CachedVersion",
    "._comparing.differences": "EntryChange ManifestDiff MetadataChange NameChanges",
    "._copying.report": "CopiedVersion CopyReport",
    "._domain.arguments.checks": "Filters",
    "._graphql.enums": "ArtifactDigestAlgorithm ArtifactState",
    "._environment.access_tokens": "AccessToken",
    "._domain.client.identity": "Identity",
    "._domain.projects.inventory": "Inventory InventoryCollection InventoryType InventoryVersion",
    "._domain.lists.pages": "Page",
    "._domain.collections.registries": "RegistryVisibility",
    "._requests.retry": "NO_RETRIES RetryPolicy",
    "._retention.plan": "PrunePlan PruneRow",
    "._retention.progress": "PruneProgress",
    "._retention.report": "PruneOutcome PruneReport",
    "._retention.rules": "RetentionRules",
    "._sync.api": "Api",
    "._sync.artifact": "Artifact",
    "._sync.artifact_collection": "ArtifactCollection",
    "._sync.artifact_collections": "ArtifactCollections",
    "._sync.artifact_files": "ArtifactFiles",
    "._sync.artifact_type": "ArtifactType",
    "._sync.artifact_types": "ArtifactTypes",
    "._sync.artifacts": "Artifacts",
    "._sync.client": "Client",
    "._sync.draft": "ArtifactDraft",
    "._sync.file": "File",
    "._sync.pager": "Paginator SizedPaginator",
    "._sync.project": "Project",
    "._sync.project_artifact_collections": "ProjectArtifactCollections",
    "._sync.queries": "Queries",
    "._sync.registries": "Registries",
    "._sync.registry": "Registry",
    "._sync.registry_collections": "RegistryCollections",
    "._sync.registry_versions": "RegistryVersions",
    "._sync.run": "Run",
    "._sync.run_artifacts": "RunArtifacts",
    "._sync.download_all": "download_all",
    "._async.download_all": "async_download_all",
    "._domain.versions.time_to_live": "ArtifactTTL",
    "._domain.notices": (
        "ArgumentsIgnored FilesNotFound MetadataChanged NamesRefused ReferencesNotFollowed "
        "TagsIncomplete"
    ),
    "._transfer.downloads.async_stream": "AsyncStream",
    "._transfer": "DownloadPlan Manifest ManifestEntry Reference TransferEvent VerifyReport",
    "._usage.tally": "Usage UsageRow",
    "._requests.request_event": "RequestEvent",
    ".holdings": "HeldCollection HeldVersion Holders VersionMembership",
    ".lineage": "Lineage LineageEdge LineageRun LineageVersion",
    "._values.json_values": "JsonInput JsonValue",
    "._values.plain": "Metadata",
    ".errors": (
        "ArtifactsError AuthenticationError ConflictError ConnectionFailed ExtraNotInstalled "
        "GraphQLError IntegrityError InvalidInput LengthUnknown NotFoundError NotLoadedError "
        "OfflineError PaginationError PartialSaveError PermissionDenied "
        "ProxyAuthenticationRequired RateLimited RequestTimeout ServerError UnsupportedByServer "
        "UntrustedCertificate"
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "NO_RETRIES",
    "AccessToken",
    "Api",
    "ArgumentsIgnored",
    "Artifact",
    "ArtifactCollection",
    "ArtifactCollections",
    "ArtifactDigestAlgorithm",
    "ArtifactDraft",
    "ArtifactFiles",
    "ArtifactState",
    "ArtifactTTL",
    "ArtifactType",
    "ArtifactTypes",
    "Artifacts",
    "ArtifactsError",
    "AsyncApi",
    "AsyncArtifact",
    "AsyncArtifactCollection",
    "AsyncArtifactCollections",
    "AsyncArtifactDraft",
    "AsyncArtifactFiles",
    "AsyncArtifactType",
    "AsyncArtifactTypes",
    "AsyncArtifacts",
    "AsyncClient",
    "AsyncFile",
    "AsyncPaginator",
    "AsyncProject",
    "AsyncProjectArtifactCollections",
    "AsyncQueries",
    "AsyncRegistries",
    "AsyncRegistry",
    "AsyncRegistryCollections",
    "AsyncRegistryVersions",
    "AsyncRun",
    "AsyncRunArtifacts",
    "AsyncSizedPaginator",
    "AsyncStream",
    "AuthenticationError",
    "Cache",
    "CacheCheck",
    "CacheContents",
    "CacheRemoval",
    "CachedVersion",
    "Client",
    "ConflictError",
    "ConnectionFailed",
    "CopiedVersion",
    "CopyReport",
    "DownloadPlan",
    "EntryChange",
    "ExtraNotInstalled",
    "File",
    "FilesNotFound",
    "Filters",
    "GraphQLError",
    "HeldCollection",
    "HeldVersion",
    "Holders",
    "Identity",
    "IntegrityError",
    "InvalidInput",
    "Inventory",
    "InventoryCollection",
    "InventoryType",
    "InventoryVersion",
    "JsonInput",
    "JsonValue",
    "LengthUnknown",
    "Lineage",
    "LineageEdge",
    "LineageRun",
    "LineageVersion",
    "Manifest",
    "ManifestDiff",
    "ManifestEntry",
    "Metadata",
    "MetadataChange",
    "MetadataChanged",
    "NameChanges",
    "NamesRefused",
    "NotFoundError",
    "NotLoadedError",
    "OfflineError",
    "Page",
    "PaginationError",
    "Paginator",
    "PartialSaveError",
    "PermissionDenied",
    "Project",
    "ProjectArtifactCollections",
    "ProxyAuthenticationRequired",
    "PruneOutcome",
    "PrunePlan",
    "PruneProgress",
    "PruneReport",
    "PruneRow",
    "Queries",
    "RateLimited",
    "Reference",
    "ReferencesNotFollowed",
    "Registries",
    "Registry",
    "RegistryCollections",
    "RegistryVersions",
    "RegistryVisibility",
    "RequestEvent",
    "RequestTimeout",
    "RetentionRules",
    "RetryPolicy",
    "Run",
    "RunArtifacts",
    "ServerError",
    "SizedPaginator",
    "TagsIncomplete",
    "TransferEvent",
    "UnsupportedByServer",
    "UntrustedCertificate",
    "Usage",
    "UsageRow",
    "VerifyReport",
    "VersionMembership",
    "async_download_all",
    "download_all",
    "errors",
]


if not TYPE_CHECKING:  # or a misspelt name would type-check

    def __getattr__(name: str) -> object:
        if name == "errors":
            return import_module(".errors", __name__)
        from ._values.lazy_names import imported

        return imported(__name__, _HOME_OF, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
