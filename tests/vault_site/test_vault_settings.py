"""A wrong setting stops the start, and says which."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from vault_site.settings import vault_settings
from vault_site.settings.vault_settings import DEFAULT_HOME, PROJECT, VaultSettings, load

SECRET = "s" * 50


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Settings that come from nowhere but the test: an empty environment, no files."""
    for name in VaultSettings.model_fields:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(VaultSettings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setitem(VaultSettings.model_config, "json_file", tmp_path / "VaultSettings.json")
    return tmp_path


def test_everything_but_the_secret_has_a_default(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    settings = load()
    assert (settings.PORT, settings.VAULT_HOME, settings.DEBUG) == (8000, DEFAULT_HOME, False)
    assert settings.data_root == PROJECT / "static" / "data"


def test_published_data_moves_with_the_home(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("VAULT_HOME", str(clean / "elsewhere"))
    assert load().data_root == clean / "elsewhere" / "static" / "data"


def test_the_environment_wins_over_env_file_and_that_over_json(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clean / "VaultSettings.json").write_text(json.dumps({"SECRET_KEY": SECRET, "PORT": 8001, "HOST": "10.0.0.1"}))
    (clean / ".env").write_text("PORT=8002\nWEB_CONCURRENCY=3\n")
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    settings = load()
    assert (settings.HOST, settings.PORT, settings.WEB_CONCURRENCY) == ("10.0.0.1", 8002, 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WEB_CONCURRENCY", "0"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("DATABASE_URL", "oracle://somewhere/db"),
        ("DATABASE_URL", "no url at all"),
        ("ENVIRONMENT", "live"),
        ("METRICS_NETWORKS", '["not-a-network"]'),
        ("ALLOWED_HOSTS", "not json"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(clean: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        load()


def test_every_fault_is_reported_at_once_and_no_value_is_shown(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "too-short-but-secret")
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(ImproperlyConfigured) as caught:
        load()
    assert "SECRET_KEY" in str(caught.value)
    assert "PORT" in str(caught.value)
    assert "too-short-but-secret" not in str(caught.value)


def test_a_broken_settings_file_is_named(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    (clean / "VaultSettings.json").write_text("{ not json")
    with pytest.raises(ImproperlyConfigured, match=r"VaultSettings\.json"):
        load()


def test_every_key_says_what_it_is_for() -> None:
    assert [name for name, field in vault_settings.VaultSettings.model_fields.items() if not field.description] == []
