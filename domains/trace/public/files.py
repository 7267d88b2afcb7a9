"""Files of the workspace: copies with the hash of their content as their name, so that an address never changes."""

from __future__ import annotations

import re
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt

from domains.base.errors import NotFound
from domains.publishing.answer import IMMUTABLE, METHODS, OPEN, PREFLIGHT
from domains.publishing.store import data_root
from domains.publishing.views import refuse_parameters

INLINE = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".pdf": "application/pdf",
}
"""What a browser may show by itself; nothing here can carry a script that runs as ours."""
NAME = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]{1,8})?")


@csrf_exempt  # it changes nothing, and any other method than its own is to get 405
def file_view(request: HttpRequest, name: str) -> HttpResponseBase:
    """A copied file. Types that a browser could run are sent as a download."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=dict(PREFLIGHT))
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    refuse_parameters(request)
    request.session.accessed = False
    matched = NAME.fullmatch(name)
    path = folder() / name
    if matched is None or not path.is_file():
        raise NotFound(f"There is no file {name[:100]}.")
    digest, ending = matched.group(1), matched.group(2) or ""
    headers = dict(OPEN) | {"ETag": f'"{digest}"', "Cache-Control": IMMUTABLE}
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if {f'"{digest}"', "*"} & {
        tag.removeprefix("W/") for tag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    }:
        return HttpResponse(status=304, headers=headers)
    kind = INLINE.get(ending, "application/octet-stream")
    file = path.open("rb")
    return FileResponse(file, as_attachment=ending not in INLINE, filename=name, content_type=kind, headers=headers)


def folder() -> Path:
    """Where the copies are."""
    return data_root() / "trace" / "files"
