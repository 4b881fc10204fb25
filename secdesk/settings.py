"""Settings of the desk; every value an operator may set is described in docs/configuration.md."""

from pathlib import Path

import environ
from csp.constants import NONCE, SELF
from django.utils.translation import gettext_lazy as _

from secdesk.core.keyring import KeyRing

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SECDESK_MODE = env.str("SECDESK_MODE", default="production")  # production | demo
SECDESK_VAR = Path(env.str("SECDESK_VAR", default=str(BASE_DIR / "var")))
SECDESK_KEYS = Path(env.str("SECDESK_KEYS", default=str(SECDESK_VAR / "keys")))
SECDESK_FILES = Path(env.str("SECDESK_FILES", default=str(SECDESK_VAR / "files")))  # the vault
SECDESK_RESULTS = Path(env.str("SECDESK_RESULTS", default=str(SECDESK_VAR / "results")))  # of long work; 7 days
KEY_RING = KeyRing.open_or_create(SECDESK_KEYS)
SECRET_KEY = KEY_RING.derived_text("django-secret")

DEBUG = env.bool("SECDESK_DEBUG", default=False)
ALLOWED_HOSTS = env.list("SECDESK_HOSTS", default=["localhost", "127.0.0.1"])
SECDESK_URL = env.str("SECDESK_URL", default="http://localhost:8000")  # as people type it; links in mails
SECDESK_RP_ID = env.str("SECDESK_RP_ID", default="localhost")  # passkeys are bound to this name
SECDESK_PROXY = env.list("SECDESK_PROXY", default=[])  # addresses whose X-Forwarded-* are believed; "unix"
_HTTPS = SECDESK_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "guardian",
    "csp",
    "secdesk.core",
    "secdesk.accounts",
    "incidents",
    "secdesk.home",
]

# Order is a law (docs/architecture.md §3): session, authentication, access, only then CSRF,
# because reading a form for its CSRF token would spool an anonymous upload to disk.
MIDDLEWARE = [
    "secdesk.core.proxy.ProxyMiddleware",
    "secdesk.core.request_log.RequestLogMiddleware",
    "secdesk.core.localhost.LocalhostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "secdesk.core.request_context.RequestContextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "secdesk.core.language.LanguageMiddleware",
    "secdesk.accounts.middleware.SessionGuardMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "csp.middleware.CSPMiddleware",
    "secdesk.core.access.AccessMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "secdesk.accounts.middleware.DangerousActMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "secdesk.core.partial_pages.PartialPageMiddleware",
    "secdesk.home.errors.ProblemMiddleware",
]

ROOT_URLCONF = "secdesk.urls"
WSGI_APPLICATION = "secdesk.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "secdesk.core.display.desk",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ],
        },
    }
]

# The ledger's checkpoints (docs/architecture.md §5): its name is part of every note and of the public key. Empty =
# the name of the first seal, at first the host of SECDESK_URL. The folder lies on another device, append only.
SECDESK_LEDGER_NAME = env.str("SECDESK_LEDGER_NAME", default="")
SECDESK_CHECKPOINTS = env.str("SECDESK_CHECKPOINTS", default="")

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{SECDESK_VAR / 'secdesk.sqlite3'}")}
_db = DATABASES["default"]
_db["ATOMIC_REQUESTS"] = False  # transactions belong to services (docs/architecture.md §7)
if _db["ENGINE"] == "django.db.backends.sqlite3":
    _db["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA recursive_triggers=ON;",
    }
else:
    _db["CONN_MAX_AGE"] = 60
    _db["CONN_HEALTH_CHECKS"] = True
    _db["OPTIONS"] = {"options": "-c idle_in_transaction_session_timeout=60000"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.Person"
AUTHENTICATION_BACKENDS = ["secdesk.accounts.backends.PersonBackend"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = ["secdesk.accounts.hashers.DeskArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("number", "name", "kana", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

ANONYMOUS_USER_NAME = None  # guardian makes no anonymous person
GUARDIAN_MONKEY_PATCH_USER = False
# guardian.W001 asks for its authentication backend: grants are read by core/access.py alone.
# security.W021 asks for HSTS preload, which only the owner of the whole domain can promise.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "security.W021"]

_prefix = "__Host-" if _HTTPS else ""
SESSION_ENGINE = "secdesk.accounts.sessions"
SESSION_COOKIE_NAME = f"{_prefix}session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # ends with the session; a cookie stays
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SECDESK_ATTEST_COOKIE = f"{_prefix}attest"  # binds a colleague's word to the browser that asked for it
SECDESK_SLIP_DAYS = env.int("SECDESK_SLIP_DAYS", default=21)  # how long a registration slip works
CSRF_FAILURE_VIEW = "secdesk.accounts.views.late_forms.csrf_failed"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [SECDESK_URL] if _HTTPS else []
# Believed because ProxyMiddleware throws the header away unless SECDESK_PROXY sent it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECDESK_PROXY else None
SECURE_SSL_REDIRECT = _HTTPS  # nginx does it first; see deploy/
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by monitors on this machine
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = f"{_prefix}language"
LANGUAGE_COOKIE_SECURE = _HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
SECDESK_DEVICE_COOKIE = f"{_prefix}device"  # secdesk/accounts/known_browsers.py
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("SECDESK_STATIC", default=str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # no plain files: the vault keeps them
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Uploads never touch the disk in clear: what does not fit into memory (2.5 MB) is read past and refused.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

_demo_mail = f"filemail:///{SECDESK_VAR.resolve() / 'mail'}"  # files, so that the terminal stays readable
EMAIL_CONFIG = env.email_url("SECDESK_MAIL_URL", default=_demo_mail if SECDESK_MODE == "demo" else "consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20  # seconds; a mute mail server must not stop the sending job
DEFAULT_FROM_EMAIL = env.str("SECDESK_MAIL_FROM", default="secdesk@localhost")

# One line per request and per job on standard output; nothing of the people, no query strings.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
    "root": {"handlers": ["stdout"], "level": "WARNING"},
    "loggers": {
        "secdesk": {"level": env.str("SECDESK_LOG_LEVEL", default="INFO")},
        # Its lines quote the path; refused requests stand in the line of the request anyway.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": False},
    },
}
SECDESK_BACKUP = env.str("SECDESK_BACKUP", default="")  # folder of the hourly backup; empty = none
SECDESK_BACKUP_KEEP = env.int("SECDESK_BACKUP_KEEP", default=72)  # how many hourly backups stay
