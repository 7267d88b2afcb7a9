"""Lines of the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from django.conf import settings

from domains.base.ambient import ambient
from vault_site.settings.logs import logging_config


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What the logger vault.lines writes, in the form that collectors get."""
    formatter = dict(logging_config(settings.VAULT.model_copy(update={"LOG_FORMAT": "json"}))["formatters"]["vault"])
    written, logger = StringIO(), logging.getLogger("vault.lines")
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger.addHandler(handler)
    logger.propagate = False
    yield written
    logger.removeHandler(handler)
    logger.propagate = True


def test_every_line_carries_its_request_and_its_run(lines: StringIO) -> None:
    with ambient(request_id="r-1", run_uuid="u-1"):
        structlog.get_logger("vault.lines").warning("ours", kept=3)
        logging.getLogger("vault.lines").warning("theirs")
    structlog.get_logger("vault.lines").warning("outside")

    ours, theirs, outside = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (ours["event"], ours["kept"], ours["request_id"], ours["run"]) == ("ours", 3, "r-1", "u-1")
    assert (theirs["event"], theirs["request_id"], theirs["run"]) == ("theirs", "r-1", "u-1")
    assert "run" not in outside and "request_id" not in outside
