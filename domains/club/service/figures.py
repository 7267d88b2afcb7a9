"""Features and the time series."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.club.models import Feature, FeatureMember, FeaturePoint, HeroPoint


class FeatureService(ModelService[Feature]):
    """Features."""

    model = Feature


class FeatureMemberService(ModelService[FeatureMember]):
    """Who was present in which feature, and when."""

    model = FeatureMember


class HeroPointService(ModelService[HeroPoint]):
    """Hero metrics over time."""

    model = HeroPoint


class FeaturePointService(ModelService[FeaturePoint]):
    """Features over time."""

    model = FeaturePoint


features = FeatureService()
feature_members = FeatureMemberService()
hero_points = HeroPointService()
feature_points = FeaturePointService()
