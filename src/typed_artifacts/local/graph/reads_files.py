"""Resolvers of files and their URLs."""

import mimetypes

from ..versions.multipart_completion import UPLOADS_FOLDER
from . import nodes as n
from .binding import field
from .context import Context

FILES_FOLDER = "wandb_artifacts"


@field("File.directUrl", "File.url")
def file_url(file: n.File, context: Context, upload: bool | None = None) -> str | None:
    if upload and file.upload_url is not None:
        return file.upload_url
    if file.reference is not None:
        return file.reference
    if file.blob is None:
        return ""
    # The official client's tests tell the files of a version from its manifest by this folder.
    name = file.name if file.is_manifest else f"{FILES_FOLDER}/{file.name}"
    direct = None if context.links.in_process else context.store.blobs.download_url(file.blob)
    return direct or context.links.download(file.blob, name)


@field("File.storagePath")
def storage_path(file: n.File, _context: Context) -> str:
    if file.upload_parts is not None:
        return f"{UPLOADS_FOLDER}/{file.upload_parts.upload_id}"
    return f"{FILES_FOLDER}/{file.version.sequence_key}/{file.version.key}/{file.blob or ''}"


@field("File.mimetype")
def mimetype(file: n.File, _context: Context) -> str | None:
    return mimetypes.guess_type(file.name)[0]


@field("File.updatedAt")
def file_updated(file: n.File, _context: Context) -> str:
    return file.version.created_at


@field("File.uploadMultipartUrls")
def multipart_urls(file: n.File, _context: Context) -> n.UploadParts | None:
    return file.upload_parts
