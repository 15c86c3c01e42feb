"""Django's settings, read from the environment; see :mod:`kierto.config.environment`."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kierto.config.compiled_code import place_compiled_code
from kierto.config.database import database_from
from kierto.config.environment import Environment
from kierto.config.mail import mail_from

env = Environment()

PACKAGE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_dir()
place_compiled_code(DATA_DIR)

SECRET_KEY = env.secret_key()
DEBUG = env.flag("KIERTO_DEBUG")
ALLOWED_HOSTS = env.items("KIERTO_HOSTS")
NODE_NAME = env.text("KIERTO_NODE_NAME")
MAP_TILES = env.text("KIERTO_MAP_TILES")

INSTALLED_APPS = [
    "kierto.web",
    "kierto.indicators",
    "kierto.hub",
    "kierto.planning",
    "kierto.exchange",
    "kierto.sharing",
    "kierto.repair",
    "kierto.ledger",
    "kierto.catalogue",
    "kierto.notices",
    "kierto.parties",
    "kierto.parties.apps.RecordBrowserConfig",  # django.contrib.admin, read-only
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kierto.parties.middleware.AgentMiddleware",
    "kierto.web.middleware.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "kierto.config.urls"
WSGI_APPLICATION = "kierto.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kierto.web.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "template_partials.templatetags.partials",
                "kierto.web.templatetags.kierto",
            ],
        },
    },
]

DATABASES = {"default": database_from(env.text("KIERTO_DATABASE_URL"), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "parties.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:home"

# Signing in: a code by e-mail, or a passkey. Nobody has to keep a password.
ACCOUNT_ADAPTER = "kierto.parties.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "kierto.parties.adapters.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_SIGNUP_FORM_CLASS = "kierto.parties.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["webauthn"]  # a passkey in the place of the code, not on top of it
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "city",
                    "name": env.text("KIERTO_OPENID_NAME"),
                    "client_id": env.text("KIERTO_OPENID_CLIENT_ID"),
                    "secret": env.text("KIERTO_OPENID_CLIENT_SECRET"),
                    "settings": {"server_url": env.text("KIERTO_OPENID_URL")},
                }
            ],
        }
    }
    if env.text("KIERTO_OPENID_URL")
    else {}
)
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["ip_address", "username"]]
AXES_SENSITIVE_PARAMETERS: list[str] = []
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "web/locked_out.html"

LANGUAGE_CODE = env.text("KIERTO_LANGUAGE")
LANGUAGES = [
    ("en", "English"),
    ("fi", "Suomi"),
    ("it", "Italiano"),
    ("es", "Español"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
TIME_ZONE = env.text("KIERTO_TIME_ZONE")
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns at every start when it is missing
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# Served straight from the package: an installed wheel needs no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 55_000_000
FILE_UPLOAD_PERMISSIONS = 0o640
mimetypes.add_type("text/javascript", ".js", strict=True)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

globals().update(mail_from(env.text("KIERTO_MAIL_URL"), DATA_DIR))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("KIERTO_MAIL_FROM")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
if MAP_TILES:
    _tiles = "/".join(MAP_TILES.split("/")[:3])
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(_tiles)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"].append(_tiles)
if env.text("KIERTO_OPENID_URL"):
    # The button of the single sign-on is a form whose answer leads to the issuer.
    _issuer = "/".join(env.text("KIERTO_OPENID_URL").split("/")[:3])
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(_issuer)

# One stream, for whatever keeps the operator's logs; a request that fails is told with its cause.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

HTTPS = env.flag("KIERTO_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "kierto.web.views.errors.csrf_failure"
if env.flag("KIERTO_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [
    f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and not host.startswith((".", "*"))
]

# The hub's interface for programs.
HUB_OPEN = env.flag("KIERTO_HUB_OPEN")
HUB_INWARD = env.flag("KIERTO_HUB_INWARD")
HUB_FETCH_CONTEXTS = env.flag("KIERTO_HUB_FETCH_CONTEXTS")
HUB_CONTEXTS = env.folder("KIERTO_HUB_CONTEXTS")
HUB_HISTORY_PAGE = env.number("KIERTO_HUB_HISTORY_PAGE", 1, 100_000)
MQTT_PORT = env.number("KIERTO_MQTT_PORT", 0, 65535)
MQTT_HOST = env.text("KIERTO_MQTT_HOST")
MQTT_URL = env.text("KIERTO_MQTT_URL")

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
FORM_RENDERER = "kierto.web.forms.Renderer"
SILENCED_SYSTEM_CHECKS = [
    "axes.W003",  # the backend stands first
]
ADMIN_TITLE = _("Kierto administration")
