"""What a reader of Trace's public JSON gets."""

from __future__ import annotations

from functools import partial

from dashboards.publishing.preview import Published
from dashboards.publishing.preview import preview_page as page
from domains.trace import reads

preview_page = partial(
    page,
    service=Published(
        path="/trace/public/",
        example="/trace/public/features/",
        help="With parameters, such as ?status=Shipped&fields=id,name&page_size=5.",
        links=reads.public_links,
        page=("Go to exports", "trace_exports"),
    ),
)
