"""No setting is left out of the documents."""

from __future__ import annotations

import json

from tools import settings_docs
from vault_site.settings.vault_settings import VaultSettings


def test_the_example_file_has_every_key_with_its_default_and_its_meaning() -> None:
    assert settings_docs.EXAMPLE.read_text() == settings_docs.example(), "run: .venv/bin/python -m tools.settings_docs"
    document = json.loads(settings_docs.EXAMPLE.read_text())
    assert {key for key in document if not key.startswith("//")} == set(VaultSettings.model_fields)
    assert {key.removeprefix("// ") for key in document if key.startswith("//")} == set(VaultSettings.model_fields)


def test_the_readme_lists_every_key() -> None:
    assert settings_docs.README.read_text() == settings_docs.readme(), "run: .venv/bin/python -m tools.settings_docs"
    for key in VaultSettings.model_fields:
        assert f"| `{key}` |" in settings_docs.README.read_text()


def test_every_setting_says_what_it_is_for() -> None:
    assert not [key for key, field in VaultSettings.model_fields.items() if not field.description]
