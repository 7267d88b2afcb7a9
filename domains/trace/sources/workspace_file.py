"""A workspace in a file of this machine."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

from domains.base.errors import ValidationFailed
from domains.publishing import storage
from domains.trace.sources.base import Copied, Progress

MAX_BYTES = 64 * 1024 * 1024
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkspaceFile:
    """A workspace in a file of this machine."""

    path: Path
    is_strict: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def copy_to(self, target: Path, progress: Progress) -> Copied:
        """Copy the file. Raises ValidationFailed when it is missing, no file, unreadable or too large."""
        try:
            with (
                open(self.path, "rb", opener=_without_waiting) as file,
                storage.writing(target.parent),
                target.open("wb") as copy,
            ):
                return _copy(file, copy, progress)
        except FileNotFoundError as error:
            raise ValidationFailed(
                f"The workspace file {self.path} is not there. Put it back, or set TRACE_WORKSPACE to where it is. "
                "What is published stays as it was."
            ) from error
        except IsADirectoryError as error:
            raise ValidationFailed(f"{self.path} is a folder, not a workspace file.") from error
        except PermissionError as error:
            raise ValidationFailed(f"The workspace file {self.path} may not be read by Vault.") from error
        except OSError as error:
            raise ValidationFailed(f"{self.path} cannot be read: {error.strerror}.") from error


def _without_waiting(path: str, flags: int) -> int:
    """Open a pipe too, which would keep its reader until somebody writes into it; `_copy` then refuses it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _copy(file: BinaryIO, copy: BinaryIO, progress: Progress) -> Copied:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise ValidationFailed(f"{file.name} is no ordinary file, so it is no workspace file.")
    size = status.st_size
    _check_size(size)
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        copy.write(chunk)
        _check_size(copy.tell())
        progress(copy.tell(), size, "bytes")
    copy.flush()
    return Copied(copy.tell(), digest.hexdigest())


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise ValidationFailed(
            f"The workspace file is too large: {size / 1e6:,.0f} MB, and at most {MAX_BYTES / 1e6:,.0f} MB are read."
        )
