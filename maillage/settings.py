"""One settings module. Everything that changes between sites is read by ``env``."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from maillage import env

django_stubs_ext.monkeypatch()

BASE = Path(__file__).resolve().parent
ROOT = BASE.parent
VAR = Path(env.text("VAR", str(ROOT / "var"), about="Folder for data files"))
VAR.mkdir(parents=True, exist_ok=True)

REGION = env.text("REGION", "hauts-de-france", about="Folder of the region's data")
REGION_DATA = BASE / "data" / REGION

DEBUG = env.flag("DEBUG", False, about="Developer pages; never on a public site")
SECRET_KEY = env.secret(
    "SECRET_KEY", "", about="Signing key; empty: one that is made in VAR/secret.key"
) or env.own_key(VAR / "secret.key")
ALLOWED_HOSTS = env.words(
    "HOSTS", "localhost,127.0.0.1,testserver", about="Host names that are answered"
)
SITE_URL = env.text(
    "SITE_URL", "http://127.0.0.1:8000", about="Public address, for mails and feeds"
).rstrip("/")
HTTPS = env.flag("HTTPS", False, about="The site is only reached over HTTPS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "maillage.core.staticfiles.StaticFiles",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "simple_history",
    "django_tasks",
    "django_tasks_db",
    "modelsearch",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "maillage.core",
    "maillage.territories",
    "maillage.accounts",
    "maillage.directory",
    "maillage.catalogue",
    "maillage.agenda",
    "maillage.circulation",
    "maillage.passport",
    "maillage.surveys",
    "maillage.calls",
    "maillage.studio",
    "maillage.observatory",
    "maillage.plan",
    "maillage.interchange",
    "maillage.portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "maillage.core.middleware.early",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "maillage.core.middleware.without_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "maillage.core.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
#: What every passage of a pass asks for: answered before sessions and all that pages
#: need, which it does not.
EARLY = {"/controle/envoi/": "maillage.passport.views.doors.door_send"}
PROCESSES = env.number("PROCESSES", 2, about="Processes of the built-in server")
THREADS = env.number("THREADS", 4, about="Threads of each of these processes")
ROOT_URLCONF = "maillage.urls"
WSGI_APPLICATION = "maillage.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maillage.core.context.site",
            ],
        },
    }
]
# Our templates override those that Django ships for form widgets.
INSTALLED_APPS.append("django.forms")

# Databases --------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR / "maillage.sqlite3",
        "CONN_MAX_AGE": 60,  # the last to close writes all of the log into the file
        "OPTIONS": {
            # One writer at a time, taken at BEGIN: what select_for_update is on
            # PostgreSQL, so that services behave alike on both.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
            ),
        },
    }
}
if env.text("DB", "sqlite", about="sqlite or postgresql") == "postgresql":
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": env.text("DB_NAME", "maillage", about="Database name"),
        "HOST": env.text("DB_HOST", "", about="Database host or socket folder"),
        "PORT": env.text("DB_PORT", "", about="Database port"),
        "USER": env.text("DB_USER", "maillage", about="Database user"),
        "PASSWORD": env.secret("DB_PASSWORD", "", about="Database password"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    # Shared by all processes, so that sign-in limits hold whoever answers.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "maillage_cache",
    },
}

# Search and background tasks ----------------------------------------------------

# Words are sought in the memory of each process, or by a search server of choice:
# docs/adr/0003-search.md says why. The terms are stemmed already, in French, when
# they are indexed: no backend may do it again.
SEARCH_ENGINE = env.text(
    "SEARCH", "memory", about="memory, or database (its own full text)"
)
MODELSEARCH_BACKENDS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "modelsearch.backends.database",
        "SEARCH_CONFIG": "simple",
        "AUTO_UPDATE": False,
    }
}
if opensearch := env.words("OPENSEARCH", "", about="OpenSearch addresses, if any"):
    SEARCH_ENGINE = "opensearch"
    MODELSEARCH_BACKENDS["default"] = {
        "BACKEND": "modelsearch.backends.opensearch3",
        "URLS": opensearch,
        "INDEX_PREFIX": "maillage_",
        "AUTO_UPDATE": False,
    }
OSRM = env.text(
    "OSRM", "", about="Address of a routing server (OSRM); empty: a model of travel"
).rstrip("/")
TASKS = {
    "default": {
        "BACKEND": (
            "django_tasks_db.DatabaseBackend"
            if env.flag("WORKER", False, about="A worker process runs long tasks")
            else "django_tasks.backends.immediate.ImmediateBackend"
        )
    }
}

# Languages ----------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("français")), ("en", _("anglais"))]
LOCALE_PATHS = [BASE / "locale"]
FORMAT_MODULE_PATH = "maillage.locale"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True

# Files ----------------------------------------------------------------------------

NODE_MODULES = ROOT / "node_modules"
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [
    BASE / "static",
    ("region", REGION_DATA / "static"),
    *(
        (f"npm/{prefix}", NODE_MODULES / folder)
        for prefix, folder in {
            "maplibre-gl": "maplibre-gl/dist",
            "topojson-client": "topojson-client/src",
            "qr": "qr",
            "noble-ed25519": "@noble/ed25519",
            "fonts": "@fontsource-variable/atkinson-hyperlegible-next/files",
        }.items()
        if (NODE_MODULES / folder).is_dir()
    ),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "maillage.core.staticfiles.Storage"},
}
MEDIA_ROOT = VAR / "media"
MEDIA_URL = "/fichiers/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Map ----------------------------------------------------------------------------------

MAP_TILES = env.text(
    "MAP_TILES",
    "",
    about="Raster tiles under the map, {z}/{x}/{y}; empty: our contours",
)
MAP_TILES_CREDIT = env.text("MAP_TILES_CREDIT", "", about="Who made these tiles")

# Secrecy of published figures ---------------------------------------------------------

SECRECY_MINIMUM = env.number(
    "SECRECY_MINIMUM", 3, about="Least number of units behind a published figure"
)
SECRECY_DOMINANCE = env.fraction(
    "SECRECY_DOMINANCE", 0.85, about="Share of a sum that one unit may hold at most"
)

# The pass -------------------------------------------------------------------------

PASS_WAIT_DAYS = env.number(
    "PASS_WAIT_DAYS",
    7,
    about="Days after the end of a month until its passages are counted, then nobody's",
)

# Accounts -------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:my_space"
LOGOUT_REDIRECT_URL = "portal:home"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_ADAPTER = "maillage.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Counted in the shared cache; what allauth limits besides keeps its own figures.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip,300/h/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "10/m/ip,60/h/ip",
    "reset_password": "10/m/ip,5/m/key",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Maillage"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SOCIALACCOUNT_ONLY = False
# A link, not a form: the content policy lets forms go to this site only.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if oidc := env.text("OIDC_SERVER", "", about="OpenID Connect issuer (ProConnect…)"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": env.text("OIDC_NAME", "ProConnect", about="Name on the button"),
                "client_id": env.text("OIDC_CLIENT", "", about="Client identifier"),
                "secret": env.secret("OIDC_SECRET", "", about="Client secret"),
                "settings": {"server_url": oidc},
            }
        ]
    }

# Mail -------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.text(
    "MAIL_FROM", "Maillage <ne-pas-repondre@localhost>", about="Sender of mails"
)
EMAIL_HOST = env.text("SMTP_HOST", "", about="Mail server; empty: files in var/mail")
EMAIL_PORT = env.number("SMTP_PORT", 25, about="Port of the mail server")
EMAIL_HOST_USER = env.text("SMTP_USER", "", about="Account on the mail server")
EMAIL_HOST_PASSWORD = env.secret("SMTP_PASSWORD", "", about="Its password")
EMAIL_USE_TLS = env.flag("SMTP_TLS", False, about="Use STARTTLS")
EMAIL_TIMEOUT = 10
if not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"

# Safety -------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "maillage.core.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
if env.flag("BEHIND_PROXY", False, about="A proxy sets X-Forwarded-Proto"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Sign-in is limited by the visitor's address, not by that of the proxy.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

if MAP_TILES:
    # The only request that may leave the site, and only when it is asked for.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"].append(
        "/".join(MAP_TILES.split("/")[:3])
    )

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {
        "handlers": ["console"],
        "level": env.text("LOG_LEVEL", "WARNING", about="Least level that is logged"),
    },
}
