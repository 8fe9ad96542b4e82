"""Files written aside and moved to their final names only when all of them are whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from h2plan.errors import EnvironmentFault

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this disk or user may have",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "writing there is not allowed",
    errno.EPERM: "writing there is not allowed",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
}
"""What an error of the system means to the person at the keyboard."""


def spoken_reason(error: OSError) -> str:
    """Say why the system refused, in words."""
    return REASONS.get(error.errno or 0, error.strerror or str(error))


@contextmanager
def fresh_files(out: Path) -> Iterator[Path]:
    """Give a new empty folder; its files are moved into `out` when all went well, each replacing its namesake whole.

    Raises:
        EnvironmentFault: `out` cannot be written to, the disk is full, or a file is open in another program.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=out))
    except OSError as error:
        raise EnvironmentFault(f"cannot write to {out}: {spoken_reason(error)}") from error
    try:
        yield building
        for file in sorted(building.iterdir()):
            _move(file, out / file.name)
    except OSError as error:
        raise EnvironmentFault(f"writing to {out} failed: {spoken_reason(error)}; what stood there is kept") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _move(file: Path, final: Path) -> None:
    if final.is_dir():
        raise EnvironmentFault(f"{final} is a folder; it is left as it is")
    try:
        file.replace(final)
    except PermissionError as error:
        raise EnvironmentFault(
            f"{final} cannot be replaced: it is open in another program or write-protected; close it and run again"
        ) from error
