"""What a reader of Club's public JSON gets."""

from __future__ import annotations

from functools import partial

from dashboards.publishing.preview import Published
from dashboards.publishing.preview import preview_page as page
from domains.club import reads

preview_page = partial(
    page,
    service=Published(
        path="/club/public/",
        example="/club/public/hero-metrics/",
        help="Of everything, or of one application, such as /club/public/skyflow/features/.",
        links=reads.public_links,
        page=("Go to collections", "club_collections"),
    ),
)
