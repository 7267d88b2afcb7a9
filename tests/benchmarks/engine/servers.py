"""The servers that a run of the benchmark may use, and databases of its own on them that are dropped afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/0"
REDIS_NUMBERS = range(12, 7, -1)
"""Tests count down from 15 or up from 1."""


@contextmanager
def own_postgres(*purposes: str) -> Iterator[dict[str, str]]:
    """The URL of a fresh database for each purpose; none of them when no PostgreSQL answers.

    The server is that of VAULT_TEST_POSTGRES_URL, else the one on this machine.
    """
    url = os.environ.get("VAULT_TEST_POSTGRES_URL") or POSTGRES
    names = {purpose: f"vault_bench_{os.getpid()}_{purpose}" for purpose in purposes}
    try:
        server = psycopg.connect(url, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        yield {}
        return
    with server:
        try:
            for name in names.values():
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            yield {purpose: urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for purpose, name in names.items()}
        finally:
            for name in names.values():
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def own_redis(count: int) -> Iterator[list[str]]:
    """URLs of so many databases that were empty, emptied afterwards; none when no Redis answers or too few are empty.

    The server is that of VAULT_TEST_REDIS_URL, else the one on this machine.
    """
    parts = urlsplit(os.environ.get("VAULT_TEST_REDIS_URL") or REDIS)
    urls = [urlunsplit(parts._replace(path=f"/{number}")) for number in REDIS_NUMBERS]
    try:
        free = [url for url in urls if is_empty(url)][:count]
    except redis.RedisError:
        free = []
    if len(free) < count:
        yield []
        return
    try:
        yield free
    finally:
        for url in free:
            redis.Redis.from_url(url).flushdb()


def is_empty(url: str) -> bool:
    """Whether nothing is kept in this Redis database. Raises RedisError when the server does not answer."""
    return redis.Redis.from_url(url, socket_connect_timeout=2).dbsize() == 0
