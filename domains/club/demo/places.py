"""The communities of the demo: what they are about, and the words that their people use. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIRST_NAMES = (
    "Ada Amir Anouk Bela Bruno Carla Chidi Dana Eero Elif Farah Goran Hana Ines Ivo Jonas Kaja Leila Luca Maja Mateo "
    "Mira Nadia Noor Olek Pia Priya Rafi Rosa Samir Sanna Tariq Tova Uma Vera Wei Yara Yusuf Zoe"
)
LAST_NAMES = (
    "Abel Berg Castro Demir Eklund Fiala Gruber Haas Ito Jansen Kaya Lind Moreau Novak Okafor Petrov Quist Rossi Saar "
    "Tamm Urban Vargas Weiss Xu Young Zimmer"
)


@dataclass(frozen=True, slots=True)
class DemoFeature:
    """`pull` is how much of the people's energy it draws, `trend` how that changes over the time shown: 0.5 is half as
    much again, -0.3 three tenths less. `topics` are what its items are called.
    """

    slug: str
    name: str
    pull: float
    trend: float
    topics: Sequence[str]


@dataclass(frozen=True, slots=True)
class DemoCommunity:
    """`people` take part, beside `readers` who only have an account. `hero` are figures that begin so and grow by so
    much in a month, for what does not follow from who takes part.
    """

    application: str
    people: int
    readers: int
    features: Sequence[DemoFeature]
    hero: Mapping[str, tuple[float, float]]


SKYFLOW = DemoCommunity(
    "skyflow",
    130,
    1_840,
    (
        DemoFeature(
            "flow",
            "Flow",
            1.0,
            0.35,
            (
                "Boards that follow a release",
                "How do you limit work in progress?",
                "Cards that wait for somebody else",
                "Swimlanes by team or by customer",
                "What a done column is good for",
                "Moving a hundred cards at once",
                "Our planning week in one board",
            ),
        ),
        DemoFeature(
            "clout",
            "Clout",
            0.45,
            -0.3,
            (
                "Who may see the leaderboard?",
                "Points that run out after a quarter",
                "A level for reviewers",
                "Quiet contributors and how to count them",
                "Should badges be taken back?",
            ),
        ),
        DemoFeature(
            "kudos",
            "Kudos",
            0.7,
            0.1,
            (
                "Thanks across teams",
                "A kudos wall for the entrance hall",
                "Sending kudos from a card",
                "Kudos in other languages",
                "Reminders that do not nag",
                "What we learned from a year of kudos",
            ),
        ),
        DemoFeature(
            "ideas",
            "Ideas",
            0.3,
            0.8,
            (
                "Votes that count once a month",
                "From an idea to the roadmap",
                "Merging ideas that are alike",
                "A calendar beside the board",
            ),
        ),
    ),
    {"topics": (3_120, 96), "posts": (21_400, 830), "likes": (48_900, 1_950)},
)
NEXUS = DemoCommunity(
    "nexus",
    95,
    620,
    (
        DemoFeature(
            "connectors",
            "Connectors",
            0.9,
            0.2,
            (
                "A connector for LDAP groups",
                "Paging through a very large table",
                "Tokens that expire at night",
                "Connector tests without the other system",
                "Which connectors are certified?",
                "Retrying without sending twice",
            ),
        ),
        DemoFeature(
            "pipelines",
            "Pipelines",
            0.8,
            0.5,
            (
                "Branches that meet again",
                "Where did my record go?",
                "Pipelines as code",
                "Backfilling half a year",
                "A dry run for every step",
                "Alerts that say what to do",
            ),
        ),
        DemoFeature(
            "profiles",
            "Profiles",
            0.35,
            -0.15,
            (
                "One profile, two mail addresses",
                "Fields that only admins see",
                "Matching people by name",
                "Profiles of people who have left",
            ),
        ),
        DemoFeature(
            "help",
            "Help",
            0.6,
            0.0,
            (
                "Upgrade stops at step four",
                "The worker does not start",
                "Certificates behind a proxy",
                "Reading the log of a failed run",
                "Moving to another server",
            ),
        ),
    ),
    {
        "topics": (1_010, 48),
        "posts": (7_300, 390),
        "likes": (9_800, 520),
        "stars": (2_460, 74),
        "forks": (318, 9),
        "watchers": (141, 3),
        "contributors": (87, 2),
        "open_issues": (164, -6),
    },
)
COMMUNITIES = (SKYFLOW, NEXUS)
