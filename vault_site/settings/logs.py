"""Logs: structlog for everything, text for people, JSON for collectors, never local variables."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from structlog.typing import EventDict

from domains.base.ambient import current
from domains.base.revealed import without_secrets
from vault_site.settings.vault_settings import VaultSettings


def add_ids(logger: Any, method: str, event: EventDict) -> EventDict:
    """The ids of the request and of the run that a line belongs to, where there are any."""
    who = current()
    for name, value in (("request_id", who.request_id), ("run", who.run_uuid)):
        if value:
            event.setdefault(name, value)
    return event


def hide_secrets(logger: Any, method: str, line: str) -> str:
    """The finished line, without the secrets that runs have dealt with."""
    return without_secrets(line)


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    add_ids,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class Brief(logging.Filter):
    """Without the traceback: strangers cause these lines as often as they like, and each says what it is."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, not its exception."""
        record.exc_info = None
        return True


def _renderer(vault: VaultSettings) -> list[Any]:
    if vault.LOG_FORMAT == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


def logging_config(vault: VaultSettings) -> dict[str, Any]:
    """The LOGGING setting: one handler on standard error, since standard output is for what commands answer."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer(vault), hide_secrets],
        "foreign_pre_chain": SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"vault": formatter},
        "filters": {"brief": {"()": Brief}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "vault"}},
        "root": {"handlers": ["console"], "level": vault.LOG_LEVEL},
        "loggers": {
            "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
            "django.security.DisallowedHost": {"filters": ["brief"]},
            "django.security.RequestDataTooBig": {"filters": ["brief"]},
            "django_structlog": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "django-q": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},  # its lines hold addresses, and those of files are signed
            "httpcore": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
