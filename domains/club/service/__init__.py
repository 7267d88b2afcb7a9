"""The tables of Club, and nothing else that touches them."""

from __future__ import annotations

from domains.club.service.collections import collections, last_readings, parts
from domains.club.service.figures import feature_members, feature_points, features, hero_points
from domains.club.service.members import erasures, members
from domains.club.service.publications import documents, publications
from domains.club.service.sources import communities, kept_answers, sources

__all__ = [
    "collections",
    "communities",
    "documents",
    "erasures",
    "feature_members",
    "feature_points",
    "features",
    "hero_points",
    "kept_answers",
    "last_readings",
    "members",
    "parts",
    "publications",
    "sources",
]
