"""Writing files so that a crash leaves either the old or the new one, and saying plainly why it cannot be done."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domains.base.errors import Unavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a fault of the disk into Unavailable with a plain sentence about this folder."""
    try:
        yield
    except OSError as error:
        raise Unavailable(_sentence(folder, error), detail=f"{type(error).__name__}: {error}") from error


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"There is no room left for the files in {folder}. Free some space, then start this again."
    if error.errno in _FORBIDDEN:
        return f"Vault may not write in {folder}. Give its user the right to write there, then start this again."
    return f"The files in {folder} cannot be written: {error.strerror or error}."


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Wait until no other process of this machine holds the lock of that name in the folder, and hold it.

    It ends with the process at the latest. Raises Unavailable when its file cannot be made.
    """
    path = folder / name
    with writing(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_file(path: Path, data: bytes) -> None:
    """Write a new file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's list of names is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def point(link: Path, target: str) -> None:
    """Make `link` lead to `target` in one atomic step, whatever it was before."""
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    os.replace(fresh, link)
    sync_folder(link.parent)


def target_of(link: Path) -> str:
    """Where the link leads; "" when there is none, or something that is no link."""
    try:
        return os.readlink(link)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        if error.errno == errno.EINVAL:
            return ""
        raise


def remove_folder(folder: Path) -> None:
    """Delete a folder with all it holds; nothing happens when it is not there."""
    try:
        shutil.rmtree(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
