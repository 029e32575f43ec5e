from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Sequence
from typing import ParamSpec, TypeVar

from .callbacks import Callback
from .spec import AbstractFileSystem

_P = ParamSpec("_P")
_T = TypeVar("_T")

def sync(
    loop: AbstractEventLoop,
    func: Callable[_P, Coroutine[object, object, _T]],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> _T: ...

class AsyncFileSystem(AbstractFileSystem):
    async_impl: bool
    asynchronous: bool
    batch_size: int | None
    def __init__(
        self,
        *args: object,
        asynchronous: bool = False,
        loop: AbstractEventLoop | None = None,
        batch_size: int | None = None,
        **kwargs: object,
    ) -> None: ...
    @property
    def loop(self) -> AbstractEventLoop: ...
    async def _expand_path(
        self, path: str | Sequence[str], recursive: bool = False, maxdepth: int | None = None
    ) -> list[str]: ...
    async def _info(self, path: str, **kwargs: object) -> dict[str, object]: ...
    async def _ls(
        self, path: str, detail: bool = True, **kwargs: object
    ) -> list[dict[str, object]] | list[object]: ...
    async def _du(
        self, path: str, total: bool = True, maxdepth: int | None = None, **kwargs: object
    ) -> object: ...
    async def _find(
        self, path: str, maxdepth: int | None = None, **kwargs: object
    ) -> list[str]: ...
    async def _cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **kwargs: object
    ) -> bytes: ...
    async def _cat_ranges(
        self,
        paths: list[str],
        starts: int | Sequence[int | None] | None,
        ends: int | Sequence[int | None] | None,
        max_gap: int | None = None,
        batch_size: int | None = None,
        on_error: str = "return",
        **kwargs: object,
    ) -> list[bytes | Exception]: ...
    async def open_async(self, path: str, mode: str = "rb", **kwargs: object) -> object: ...
    async def _cat(
        self,
        path: str | list[str],
        recursive: bool = False,
        on_error: str = "raise",
        batch_size: int | None = None,
        **kwargs: object,
    ) -> object: ...
    async def _get(
        self,
        rpath: str | list[str],
        lpath: str | list[str],
        recursive: bool = False,
        callback: Callback = ...,
        maxdepth: int | None = None,
        **kwargs: object,
    ) -> object: ...
