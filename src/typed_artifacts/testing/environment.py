"""The environment variables of a test."""

from __future__ import annotations

from pathlib import Path

from .serving import ArtifactsServer

_FOLDERS = {
    "WANDB_DIR": "runs",
    "WANDB_ARTIFACT_DIR": "artifacts",
    "WANDB_CACHE_DIR": "cache",
    "WANDB_CONFIG_DIR": "config",
    "WANDB_DATA_DIR": "data",
}
# Settings that would select another server, or stop all requests.
_UNSET = (
    "WANDB_MODE",
    "WANDB_PROJECT",
    "WANDB_ORGANIZATION",
    "WANDB_IDENTITY_TOKEN_FILE",
    "WANDB_RUN_ID",
)


#: Folders of clients where a test would read or write the developer's own files.
FOLDERS_IN_PROCESS = ("WANDB_CACHE_DIR", "WANDB_ARTIFACT_DIR")


def client_variables(server: ArtifactsServer, folder: Path) -> dict[str, str | None]:
    """The variables to set, and with ``None`` those to unset.

    Args:
        server: what clients are to find.
        folder: for what they write.
    """
    for name in _FOLDERS.values():
        (folder / name).mkdir()
    return {
        **dict.fromkeys(_UNSET, None),
        **{variable: str(folder / name) for variable, name in _FOLDERS.items()},
        "WANDB_BASE_URL": server.url,
        "WANDB_API_KEY": server.api_key,
        "WANDB_ENTITY": server.entity,
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
    }
