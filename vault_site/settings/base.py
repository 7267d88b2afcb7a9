"""Settings shared by every environment. Values that differ come from VaultSettings only."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

from vault_site.settings import databases, logs
from vault_site.settings.vault_settings import PROJECT, load

VAULT = load()
VAULT_VERSION = "0.1.0"
BASE_DIR = PROJECT
VAULT_HOME = VAULT.VAULT_HOME
VAULT_DATA_ROOT = VAULT.data_root

SECRET_KEY = VAULT.SECRET_KEY.get_secret_value()
SECRET_KEY_FALLBACKS = [key.get_secret_value() for key in VAULT.SECRET_KEY_FALLBACKS]
DEBUG = VAULT.DEBUG
ALLOWED_HOSTS = VAULT.ALLOWED_HOSTS
CSRF_TRUSTED_ORIGINS = VAULT.CSRF_TRUSTED_ORIGINS

VAULT_EXTENSIONS = [
    "domains.core.extension.CoreExtension",
    "domains.applications.extension.ApplicationsExtension",
    "domains.trace.extension.TraceExtension",
    "domains.club.extension.ClubExtension",
    *VAULT.EXTENSIONS,
]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "django_structlog",
    "django_tables2",
    "drf_spectacular",
    "rest_framework",
    "domains.base",
    "domains.permissions",
    "domains.audit",
    "domains.identity",
    "domains.orchestration",
    "domains.extensions",
    "domains.publishing",
    "domains.applications",
    "domains.core",
    "domains.trace",
    "domains.club",
    "dashboards.shell",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "vault_site.middleware.compress.CompressMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "vault_site.middleware.request_id.RequestIdMiddleware",
    "vault_site.middleware.open_json.OpenJsonMiddleware",
    "vault_site.middleware.private.PrivateMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "vault_site.middleware.htmx_edge.HtmxEdgeMiddleware",
    "vault_site.middleware.ambient.AmbientMiddleware",
    "vault_site.middleware.errors.ErrorMiddleware",
    "vault_site.middleware.application_context.ApplicationContextMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "vault_site.urls"
WSGI_APPLICATION = "vault_site.wsgi.application"
CSRF_FAILURE_VIEW = "dashboards.shell.errors.csrf_failure"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboards.shell.context.shell",
            ],
            "libraries": {
                "trace": "dashboards.trace.template_filters",
                "publishing": "dashboards.publishing.template_filters",
            },
        },
    }
]

DATABASES = {"default": databases.database(VAULT)}
CACHES = {"default": databases.cache(VAULT)}
Q_CLUSTER = databases.queue(VAULT)
SEPARATE_QUEUES = VAULT.SEPARATE_QUEUES
RUN_LEASE_S = VAULT.RUN_LEASE_S
RUN_RETENTION_DAYS = VAULT.RUN_RETENTION_DAYS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "dashboards.shell.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": False}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 10 / 60
# One name from one address: a shared office address is not locked by one person, nor a person by strangers.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "dashboards.shell.errors.locked_out"
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
TIME_ZONE = VAULT.TIME_ZONE
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = VAULT_HOME / "collected"
STATICFILES_DIRS = [PROJECT / "static"]
STATICFILES_FINDERS = [
    "vault_site.static_files.SourceFinder",
    "vault_site.static_files.PackageFinder",
]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "gif", "webp", "gz", "br", "woff", "woff2", "map"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = VAULT.HTTPS
SECURE_SSL_REDIRECT = VAULT.HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if VAULT.HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = VAULT.HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if VAULT.HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|startupz)$"]
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
MESSAGE_TAGS = {message_levels.ERROR: "bad", message_levels.WARNING: "warn", message_levels.SUCCESS: "ok"}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["domains.permissions.access.Undeclared"],
    "DEFAULT_PARSER_CLASSES": ["domains.base.parsers.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "domains.base.api.HeaderPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "domains.base.api.exception_handler",
    "PAGE_SIZE": 10,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vault",
    "DESCRIPTION": "The JSON interface of the operations console.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "domains.orchestration.states.RunState",
        "CollectionStateEnum": "domains.club.models.collections.CollectionState",
        "PartStateEnum": "domains.club.models.collections.PartState",
    },
}

FILTERS_EMPTY_CHOICE_LABEL = "Any"
# The user's id is bound by AmbientMiddleware, which asks for it once and outlives a dead database.
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
LOGGING = logs.logging_config(VAULT)
logs.configure_structlog()
