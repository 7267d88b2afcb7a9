"""Files in the folder that file sources read from: none outside of it, none too large, none but plain files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

from django.conf import settings

from domains.base.errors import ValidationFailed
from domains.club.sources.errors import Unreadable

UPLOADS = "uploads"
MOST_BYTES = 20_000_000
SUFFIXES = (".json", ".csv")


def files_folder() -> Path:
    """The folder: the setting CLUB_FILES, else club below VAULT_HOME."""
    return Path(settings.VAULT.CLUB_FILES or Path(settings.VAULT_HOME) / "club")


def name_faults(name: object) -> list[str]:
    """What is wrong with the name of a file in the folder."""
    if not isinstance(name, str) or not name.strip():
        return ["Enter the name of a file."]
    path = PurePosixPath(name)
    if path.is_absolute() or "\\" in name or "\0" in name or not {".", ".."}.isdisjoint(path.parts):
        return ["Enter a path below the folder of Club's files, such as alpha/forum.csv."]
    return [] if path.suffix.lower() in SUFFIXES else ["Only files that end in .json or .csv are read."]


def read_file(name: str) -> bytes:
    """The file's content. Raises Unreadable when it is not there, no plain file, too large, or elsewhere by a link."""
    root = files_folder().resolve()
    if name_faults(name):
        raise Unreadable(f"{name[:100]} is no name of a file below the folder of Club's files.")
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root):
            raise Unreadable(f"{name} leads out of the folder of Club's files. It is not read.")
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable(f"{name} is no plain file.")
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise Unreadable(
            f"There is no file {name} in the folder of Club's files. Put it there, or upload it."
        ) from error
    except (OSError, RuntimeError) as error:
        raise Unreadable(f"{name} cannot be read: {getattr(error, 'strerror', None) or 'its path is odd'}.") from error
    if len(content) > MOST_BYTES:
        raise Unreadable(f"{name} has more than {MOST_BYTES // 10**6} MB.")
    return content


def keep_upload(name: str, chunks: Iterable[bytes]) -> str:
    """Keep an uploaded file; what it is called from now on, such as `uploads/forum-1a2b3c4d5e6f.csv`.

    The same content under the same name is kept once. Raises ValidationFailed when it is too large or of another kind.
    """
    path = PurePosixPath(name)
    if path.suffix.lower() not in SUFFIXES:
        raise ValidationFailed(
            "Upload a file that ends in .json or .csv.", fields={"upload": ["Neither JSON nor CSV."]}
        )
    folder = files_folder() / UPLOADS
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = sha256(), 0
    with NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise ValidationFailed(f"The file has more than {MOST_BYTES // 10**6} MB.")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
            final = f"{_plain(path.stem)}-{digest.hexdigest()[:12]}{path.suffix.lower()}"
            Path(file.name).chmod(0o640)
            Path(file.name).replace(folder / final)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return f"{UPLOADS}/{final}"


def forget_uploads(used: set[str], *, older_than: float) -> int:
    """Remove uploaded files that are not among `used` and were changed before that time; how many."""
    folder = files_folder() / UPLOADS
    gone = 0
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        if f"{UPLOADS}/{path.name}" not in used and path.stat().st_mtime < older_than:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _plain(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:60] or "file"
