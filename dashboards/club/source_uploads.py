"""Files that are uploaded with the form of a file source: kept at once, so that no further click loses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from domains.base.errors import ValidationFailed
from domains.club.reads import SourceKind
from domains.club.start import keep_upload

KIND = "file"
"""The kind whose texts name files."""
CONFIG = "upload."
_ROW = re.compile(r"feature-upload-(\d{1,4})-(\w+)")


def takes_uploads(kind: SourceKind) -> bool:
    """Whether files can be uploaded with the form of this kind."""
    return kind.name == KIND


def with_uploads(kind: SourceKind, data: QueryDict, files: Mapping[str, Any]) -> tuple[QueryDict, dict[str, str]]:
    """What was sent, with the names of the files that are kept now in the place of what was typed there.

    Beside it the faults of files that were not kept, by fields such as `config.hero` and `features.0.file`.
    """
    sent, faults = data.copy(), dict[str, str]()
    for name, file in files.items() if takes_uploads(kind) else ():
        field = _field_of(name)
        try:
            _put(sent, field, _kept(file))
        except ValidationFailed as error:
            faults[field] = f"{str(file.name)[:100]}: {error.message}"
    return sent, faults


def _kept(file: UploadedFile[Any]) -> str:
    return keep_upload(str(file.name), file.chunks())


def _field_of(name: str) -> str:
    """Such as config.hero for upload.hero, and features.0.file for feature-upload-0-file."""
    if row := _ROW.fullmatch(name):
        return f"features.{row[1]}.{row[2]}"
    return f"config.{name.removeprefix(CONFIG)}"


def _put(sent: QueryDict, field: str, kept: str) -> None:
    where, _, rest = field.partition(".")
    if where == "config":
        sent[field] = kept
        return
    place, _, entry = rest.partition(".")
    texts = sent.getlist(f"feature-select-{entry}")
    if int(place) < len(texts):
        texts[int(place)] = kept
        sent.setlist(f"feature-select-{entry}", texts)
