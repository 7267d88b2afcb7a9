"""The hero metrics: what each one counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure about a whole community. `unit` is what it counts, in the plural; `meaning` says it in a sentence.

    Figures of several sources are added up: an account at two places counts twice.
    """

    name: str
    title: str
    unit: str
    meaning: str


METRICS = {
    metric.name: metric
    for metric in (
        Metric("members", "Members", "accounts", "Accounts that exist, whether they do anything or not."),
        Metric("active_1d", "Active in a day", "accounts", "Accounts seen in the 24 hours before the collection."),
        Metric("active_7d", "Active in a week", "accounts", "Accounts seen in the 7 days before the collection."),
        Metric("active_30d", "Active in a month", "accounts", "Accounts seen in the 30 days before the collection."),
        Metric("topics", "Topics", "topics", "Topics, issues and discussions that were ever begun."),
        Metric("posts", "Posts", "posts", "Posts and comments that were ever written."),
        Metric("likes", "Likes", "likes", "Likes and reactions that were ever given."),
        Metric("stars", "Stars", "stars", "Accounts that have starred a repository, added up over repositories."),
        Metric("forks", "Forks", "forks", "Copies of repositories that accounts have made."),
        Metric("watchers", "Watchers", "accounts", "Accounts that get told of everything in a repository."),
        Metric("contributors", "Contributors", "accounts", "Accounts whose work is in a repository."),
        Metric("open_issues", "Open issues", "issues", "Issues that are open, without pull requests."),
    )
}
