"""The tables of Club: where figures come from, when they were collected, what they are, and what was published."""

from __future__ import annotations

from domains.club.models.collections import Collection, LastReading, Part
from domains.club.models.figures import Feature, FeatureMember, FeaturePoint, HeroPoint
from domains.club.models.members import Erasure, Member
from domains.club.models.publications import ClubDocument, ClubPublication
from domains.club.models.sources import Community, KeptAnswer, Source

__all__ = [
    "ClubDocument",
    "ClubPublication",
    "Collection",
    "Community",
    "Erasure",
    "Feature",
    "FeatureMember",
    "FeaturePoint",
    "HeroPoint",
    "KeptAnswer",
    "LastReading",
    "Member",
    "Part",
    "Source",
]
