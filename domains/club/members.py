"""The people in figures: who they are, what readers may call them, and who must not come back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.utils.crypto import salted_hmac

from domains.club.digest import Contribution
from domains.club.models import Erasure, Member
from domains.club.readings import Presence
from domains.club.service import erasures, members

PURPOSE = "vault.club.erasure"


def new_pseudonym() -> str:
    """What readers may call somebody: made up, and following from nothing."""
    return f"member-{secrets.token_hex(8)}"


def seen(application: str, present: Iterable[Presence], day: date) -> dict[str, int]:
    """Note that these were present that day; the primary keys of their rows by key.

    Whoever is not known yet gets a row and a pseudonym. In the order of the keys, so that two transactions never wait
    for each other.
    """
    rows = [
        Member(
            application=application,
            key=each.key,
            name=each.name,
            url=each.url,
            pseudonym=new_pseudonym(),
            first_day=day,
            last_day=day,
        )
        for each in sorted(present, key=lambda each: each.key)
    ]
    members.note(rows)
    return {key: row.pk for key, row in members.by_key(application, [row.key for row in rows]).items()}


def fingerprints(application: str, key: str) -> list[str]:
    """The HMACs of a member's key by SECRET_KEY, then by each key of SECRET_KEY_FALLBACKS."""
    values = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    said = f"{application}\n{key}"
    return [salted_hmac(PURPOSE, said, secret=value, algorithm="sha256").hexdigest() for value in values]


def without_erased(application: str, contributions: Iterable[Contribution]) -> list[Contribution]:
    """What sources say, without whoever was erased from this application.

    A fingerprint that was made with an older SECRET_KEY is made anew, so that it holds when that key is forgotten.
    """
    known = erasures.known(application)
    if not known:
        return list(contributions)
    return [_without(application, each, known) for each in contributions]


def _without(application: str, contribution: Contribution, known: set[str]) -> Contribution:
    left = tuple(_left(application, contribution, known))
    if len(left) == len(contribution.reading.members):
        return contribution
    return replace(contribution, reading=replace(contribution.reading, members=left))


def _left(application: str, contribution: Contribution, known: set[str]) -> Iterator[Presence]:
    for presence in contribution.reading.members:
        prints = fingerprints(application, contribution.account(presence.key))
        if known.isdisjoint(prints):
            yield presence
        elif prints[0] not in known:
            _sign_anew(application, prints)
            known.add(prints[0])


def _sign_anew(application: str, prints: Sequence[str]) -> None:
    erasures.filter(application=application, fingerprint__in=prints[1:]).update(fingerprint=prints[0])


def forget(application: str, key: str, **values: object) -> Erasure | None:
    """Note that the member with this key must not come back; None when that is known already."""
    prints = fingerprints(application, key)
    if erasures.filter(application=application, fingerprint__in=prints).exists():
        return None
    return erasures.create(application=application, fingerprint=prints[0], **values)
