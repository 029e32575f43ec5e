"""The error for a missing extra."""

from __future__ import annotations

from ..errors import ExtraNotInstalled


def not_installed(error: ModuleNotFoundError, subject: str, extra: str) -> ExtraNotInstalled:
    """The error for a part of this package whose dependencies are absent.

    Args:
        error: of the import that failed.
        subject: the part, as the beginning of a sentence.
        extra: what to install with the package, as pip takes it: ``"cli,local"`` for two.

    Raises:
        ModuleNotFoundError: it is a module of our own that is missing.
    """
    package = (error.name or "").partition(".")[0]
    if package == __name__.partition(".")[0]:
        raise error
    return ExtraNotInstalled(
        f"{subject} needs the package {package}, which is not installed: "
        f'pip install "typed-artifacts[{extra}]".',
        extra=extra,
        package=package,
    )
