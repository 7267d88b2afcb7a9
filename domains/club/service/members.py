"""Members, and those who were erased."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.club.models import Erasure, Member


class MemberService(ModelService[Member]):
    """Members."""

    model = Member


class ErasureService(ModelService[Erasure]):
    """Members who were erased on request."""

    model = Erasure


members = MemberService()
erasures = ErasureService()
