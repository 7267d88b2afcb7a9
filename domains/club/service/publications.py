"""What was put before readers."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.club.models import ClubDocument, ClubPublication


class ClubPublicationService(ModelService[ClubPublication]):
    """Publications."""

    model = ClubPublication


class ClubDocumentService(ModelService[ClubDocument]):
    """Documents of publications."""

    model = ClubDocument


publications = ClubPublicationService()
documents = ClubDocumentService()
