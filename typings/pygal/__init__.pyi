# What is used of pygal, which brings no types.

from collections.abc import Iterable

from pygal.style import Style

class Config:
    def __init__(self, *, js: list[str] = ...) -> None: ...

class XY:
    def __init__(
        self,
        config: Config | None = None,
        *,
        style: Style = ...,
        title: str = ...,
        logarithmic: bool = ...,
        xrange: tuple[float, float] = ...,
        x_title: str = ...,
        legend_at_bottom: bool = ...,
        height: int = ...,
    ) -> None: ...
    def add(self, title: str, values: Iterable[tuple[float, float]]) -> None: ...
    def render_to_file(self, filename: str) -> None: ...
