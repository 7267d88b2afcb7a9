"""Prometheus metrics: what they are, and who may read them."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from domains.core import ready
from tests.domains.core.factories import snapshot

pytestmark = pytest.mark.django_db
FAR = "203.0.113.9"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    from pydantic import SecretStr

    monkeypatch.setattr(settings.VAULT, "METRICS_TOKEN", SecretStr("open-sesame"))
    return "open-sesame"


def get(client: Client, address: str = "127.0.0.1", **headers: str) -> Any:
    return client.get("/metrics", REMOTE_ADDR=address, headers=headers)


def test_a_near_network_may_read(client: Client) -> None:
    response = get(client)

    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_others_may_not(client: Client) -> None:
    assert get(client, FAR).status_code == 403


def test_an_address_behind_a_proxy_is_not_near(client: Client) -> None:
    assert get(client, "127.0.0.1", x_forwarded_for=FAR).status_code == 403


def test_the_token_opens_from_anywhere(client: Client, token: str) -> None:
    assert get(client, FAR, authorization=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Basic open-sesame", "open-sesame", "Bearer öpen"])
def test_a_wrong_token_does_not_open(client: Client, token: str, given: str) -> None:
    assert get(client, FAR, authorization=given).status_code == 403


def test_no_token_in_the_settings_means_no_token_opens(client: Client) -> None:
    assert get(client, FAR, authorization="Bearer None").status_code == 403
    assert get(client, FAR, authorization="Bearer ").status_code == 403


def test_the_figures_are_those_of_the_sample_in_base_units(client: Client) -> None:
    ready.publish(snapshot())

    text = get(client).content.decode()

    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["vault_host_memory_size_bytes"].samples[0].value == 16e9
    received = families["vault_host_network_received_bytes"].samples
    assert {s.labels["interface"]: s.value for s in received} == {"eth0": 5000.0, "lo": 7.0}
    assert received[0].name.endswith("_total")
    assert families["vault_runs_active"].samples[0].value == 0
    assert all(name.startswith("vault_") for name in families)
    assert "vault_host_cpu_ratio" not in families, "a value that is not known is left out"


def test_promtool_is_content(client: Client) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus --no-install-recommends)")
    ready.publish(snapshot())

    done = subprocess.run(
        [tool, "check", "metrics"], input=get(client).content, capture_output=True, check=False, timeout=30
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
