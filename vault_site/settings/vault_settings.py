"""Vault's own settings: typed, read once at start, every fault reported with its key's name."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from json import JSONDecodeError
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.networks import IPvAnyNetwork
from pydantic_settings import (
    BaseSettings,
    JsonConfigSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_HOME = PROJECT / "var"
LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
DATABASE = "Address or id of the Notion database, or id of the data source, that holds"


class VaultSettings(BaseSettings):
    """Every key Vault reads. The environment wins over `.env`, which wins over `VaultSettings.json`."""

    model_config = SettingsConfigDict(
        env_file=PROJECT / ".env",
        env_ignore_empty=True,
        json_file=PROJECT / "VaultSettings.json",
        extra="ignore",
        case_sensitive=True,
    )

    SECRET_KEY: SecretStr = Field(
        min_length=32, description="Signs sessions and tokens, encrypts secrets of runs; at least 32 characters."
    )
    SECRET_KEY_FALLBACKS: list[SecretStr] = Field(
        default=[],
        description="Keys used before, newest first: what they have signed and encrypted still holds (JSON list).",
    )
    DEBUG: bool = Field(default=False, description="Django's debug mode. Never on a machine that others reach.")
    ENVIRONMENT: Literal["development", "staging", "production"] = Field(
        default="development", description="Shown as a badge on every page."
    )
    HOST: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    PORT: int = Field(default=8000, ge=1, le=65535, description="Port the web server listens on.")
    WEB_CONCURRENCY: int = Field(default=2, ge=1, le=64, description="Web server processes.")
    ALLOWED_HOSTS: list[str] = Field(
        default=["127.0.0.1", "localhost", "[::1]"], description="Host names the site answers to (JSON list)."
    )
    CSRF_TRUSTED_ORIGINS: list[str] = Field(
        default=[], description="Origins allowed to post forms when a proxy ends TLS (JSON list)."
    )
    HTTPS: bool = Field(default=False, description="The site is reached by HTTPS: secure cookies, HSTS, redirects.")
    DATABASE_URL: str = Field(default="", description="Empty: SQLite under VAULT_HOME. Else postgres://…")
    REDIS_URL: str = Field(default="", description="Empty: no Redis. Else redis://… for cache and wake-ups.")
    SQLITE_SYNCHRONOUS: Literal["NORMAL", "FULL"] = Field(
        default="NORMAL", description="FULL: a commit also survives a loss of power; each then waits for the disk."
    )
    QUEUE_WORKERS: int = Field(default=2, ge=1, le=64, description="Processes that carry out runs, for each queue.")
    SEPARATE_QUEUES: bool = Field(
        default=False, description="Processes of their own for each of the queues high, default and bulk."
    )
    RUN_LEASE_S: float = Field(
        default=60, ge=1, le=3600, description="Seconds after which a run is taken from a worker that fell silent."
    )
    RUN_RETENTION_DAYS: int = Field(
        default=90, ge=0, description="Days for which ended runs are kept with their steps and log. 0: for ever."
    )
    VAULT_HOME: Path = Field(default=DEFAULT_HOME, description="Folder of all state.")
    VAULT_DATA_ROOT: Path | None = Field(
        default=None, description="Folder of published JSON. Default static/data, beside VAULT_HOME when that is moved."
    )
    TRACE_WORKSPACE: Path | None = Field(
        default=None,
        description="Workspace file that Trace exports from, or Notion's own CSV export (.zip). Default: the demo's.",
    )
    TRACE_SOURCE: str = Field(
        default="",
        description="Where Trace exports from: file, notion, or extension.name. Default: Notion once it is configured.",
    )
    TRACE_PUBLIC_FIELDS: list[str] = Field(
        default=[],
        description="Fields that may show mail addresses and telephone numbers, such as gateways.contact (JSON list).",
    )
    TRACE_MAX_LOSS: float = Field(
        default=0.2, ge=0, le=1, description="Share of rows that an export may lose before a person must approve it."
    )
    NOTION_TOKEN: SecretStr | None = Field(
        default=None, description="Secret of the Notion integration that Trace reads with. Default: what staff entered."
    )
    NOTION_API_URL: str = Field(
        default="https://api.notion.com", description="Base address of Notion's API; HTTPS, or this machine."
    )
    NOTION_REQUESTS_PER_SECOND: float = Field(
        default=3, gt=0, le=100, description="Requests a second that all processes together send with one token."
    )
    NOTION_FEATURES: str = Field(default="", description=f"{DATABASE} the features. Default: what staff entered.")
    NOTION_GATEWAYS: str = Field(default="", description=f"{DATABASE} the gateways, likewise.")
    NOTION_TIERS: str = Field(default="", description=f"{DATABASE} the tiers, likewise.")
    NOTION_TAGS: str = Field(default="", description=f"{DATABASE} the tags, likewise.")
    NOTION_CONTENT: list[Literal["features", "gateways", "tiers", "tags"]] | None = Field(
        default=None, description="Kinds whose pages are published with their text (JSON list). Default: as entered."
    )
    CLUB_CONCURRENCY: int = Field(
        default=10, ge=1, le=100, description="Requests to sources of community figures that are under way at once."
    )
    CLUB_TIMEOUT_S: float = Field(
        default=60,
        gt=0,
        le=3600,
        description="Seconds after which a source that has not answered about a part is given up.",
    )
    CLUB_KEEP_DAYS: int = Field(
        default=400,
        ge=31,
        description="Days for which community figures are kept by day; by week five years, by month for ever.",
    )
    CLUB_FILES: Path | None = Field(
        default=None, description="Folder that file sources of Club read from. Default: club, below VAULT_HOME."
    )
    OUTBOUND_NETWORKS: list[IPvAnyNetwork] | None = Field(
        default=None,
        description="Private networks that sources may be in (JSON list). Default: in development, this one.",
    )
    METRICS_TOKEN: SecretStr | None = Field(default=None, description="Bearer token that may read /metrics.")
    METRICS_NETWORKS: list[IPvAnyNetwork] = Field(
        default_factory=lambda: ["127.0.0.0/8", "::1/128"],
        validate_default=True,
        description="Networks that may read /metrics without a token (JSON list of CIDR).",
    )
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")
    LOG_FORMAT: Literal["text", "json"] = Field(default="text", description="json for log collectors.")
    TIME_ZONE: str = Field(default="UTC", description="Time zone of pages for users who chose none.")
    VAULT_ADMIN_PASSWORD: SecretStr | None = Field(
        default=None, description="Password of the first user, admin. Default: one is made up and shown once."
    )
    EXTENSIONS: list[str] = Field(default=[], description="Dotted names of further VaultExtension classes (JSON list).")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment, then `.env`, then the JSON file."""
        return init_settings, env_settings, dotenv_settings, JsonConfigSettingsSource(settings_cls)

    @field_validator("TIME_ZONE")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not a time zone of the IANA database, such as Europe/Berlin")
        return value

    @field_validator("DATABASE_URL")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value:
            try:
                engine = dj_database_url.parse(value)["ENGINE"]
            except (ValueError, KeyError) as error:
                raise ValueError("not a database URL such as postgres://user@host/name") from error
            if engine.rsplit(".", 1)[-1] not in {"sqlite3", "postgresql"}:
                raise ValueError("only sqlite:// and postgres:// are supported")
        return value

    @field_validator("NOTION_API_URL")
    @classmethod
    def _safe_api(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("not an https:// address; http:// is for this machine only, since the token is sent there")
        return value.rstrip("/")

    @field_validator("VAULT_HOME", "VAULT_DATA_ROOT", "TRACE_WORKSPACE", "CLUB_FILES")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value if value is None else (PROJECT / value.expanduser()).resolve()

    @property
    def data_root(self) -> Path:
        """Folder of published JSON: beside the state when that was moved, so that two instances never share it."""
        if self.VAULT_DATA_ROOT:
            return self.VAULT_DATA_ROOT
        return PROJECT / "static" / "data" if self.VAULT_HOME == DEFAULT_HOME else self.VAULT_HOME / "static" / "data"

    @property
    def outbound_networks(self) -> list[IPv4Network | IPv6Network]:
        """Private networks in which addresses that staff enter may be asked."""
        if self.OUTBOUND_NETWORKS is not None:
            return [ip_network(str(network)) for network in self.OUTBOUND_NETWORKS]
        return [ip_network(text) for text in LOOPBACK_NETWORKS] if self.ENVIRONMENT == "development" else []


def load() -> VaultSettings:
    """The settings of this process.

    Raises ImproperlyConfigured naming every key that is missing or wrong, and never showing a value.
    """
    try:
        return VaultSettings()  # type: ignore[call-arg]
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
    except JSONDecodeError as error:
        faults = [f"VaultSettings.json is no valid JSON: {error}"]
    except SettingsError as error:
        faults = [f"{error}; lists are written as JSON"]
    raise ImproperlyConfigured("Vault cannot start, mend these settings:\n  " + "\n  ".join(faults))
