"""Sources, what communities have decided, and kept answers."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.club.models import Community, KeptAnswer, Source


class CommunityService(ModelService[Community]):
    """What applications have decided about their communities."""

    model = Community


class SourceService(ModelService[Source]):
    """Sources."""

    model = Source


class KeptAnswerService(ModelService[KeptAnswer]):
    """Answers that sources may be asked about conditionally."""

    model = KeptAnswer


communities = CommunityService()
sources = SourceService()
kept_answers = KeptAnswerService()
