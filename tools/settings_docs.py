"""The documents that list every setting, written from the settings' own class: `python -m tools.settings_docs`.

A test compares both with the class, so that neither can be forgotten.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from vault_site.settings.vault_settings import DEFAULT_HOME, VaultSettings

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLE = PROJECT / "VaultSettings.example.json"
README = PROJECT / "README.md"
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


def default(field: FieldInfo) -> Any:
    """The default as a JSON value; None where there is none."""
    if field.is_required():
        return None
    value = field.get_default(call_default_factory=True, validated_data={})
    if value == DEFAULT_HOME:
        return DEFAULT_HOME.name
    return value


def example() -> str:
    """An example file: each key with its default, and its meaning under the same key with two slashes before it."""
    document: dict[str, Any] = {}
    for name, field in VaultSettings.model_fields.items():
        document[f"// {name}"] = field.description
        document[name] = "change me" if field.is_required() else default(field)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def table() -> str:
    """The same as a Markdown table."""
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for name, field in VaultSettings.model_fields.items():
        value = default(field)
        shown = "" if value is None or value == "" else f"`{json.dumps(value).strip(chr(34))}`"
        rows.append(f"| `{name}` | {'required' if field.is_required() else shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def readme() -> str:
    """The README with the table as it must be."""
    return TABLE.sub(lambda found: table(), README.read_text())


if __name__ == "__main__":
    EXAMPLE.write_text(example())
    README.write_text(readme())
