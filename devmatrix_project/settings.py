"""Django settings: wiring only. Values come from the environment through ``devmatrix_project.environment``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from kombu import Queue

from devmatrix_project import environment as environ
from devmatrix_project.environment import BASE_DIR

DEVMATRIX = environ.devmatrix()
VERSION = "0.1.0"

DEBUG = environ.flag("DEBUG", False)
DEVELOPMENT = environ.flag("DEVMATRIX_DEVELOPMENT", True)
DEVELOPMENT_KEY = "development-only-key-that-production-refuses"
SECRET_KEY = environ.text("SECRET_KEY", DEVELOPMENT_KEY)
ALLOWED_HOSTS = environ.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environ.names("CSRF_TRUSTED_ORIGINS")

if not DEVELOPMENT:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be false in production (DEVMATRIX_DEVELOPMENT=false).")
    if SECRET_KEY == DEVELOPMENT_KEY:
        raise ImproperlyConfigured("SECRET_KEY must be set to a long random value in production.")
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts in production, not *.")
    SECURE_SSL_REDIRECT = environ.flag("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "csp",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "common",
    "integrations",
    "planning",
    "execution",
    "review",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "review.policy.AdminPolicyMiddleware",
    "common.middleware.TraceMiddleware",
]

ROOT_URLCONF = "devmatrix_project.urls"
ASGI_APPLICATION = "devmatrix_project.asgi.application"
WSGI_APPLICATION = None
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "devmatrix_project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]

DATABASES = {"default": environ.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "plans"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = environ.folder("STATIC_ROOT", DEVMATRIX.state_dir / "static")
WHITENOISE_USE_FINDERS = DEVELOPMENT
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

REDIS_URL = environ.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "devmatrix"},
    }
}
# A database of its own: clearing the cache must not clear the queues.
CACHE_URL = environ.text("CACHE_URL", REDIS_URL.removesuffix("/0") + "/1")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

CELERY_BROKER_URL = environ.text("CELERY_BROKER_URL", REDIS_URL)
if CELERY_BROKER_URL.startswith("redis://"):
    CELERY_BROKER_TRANSPORT = "devmatrix_project.broker:Transport"
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = environ.flag("TASK_REJECT_ON_WORKER_LOST", False)
CELERY_TASK_IGNORE_RESULT = True
# A process without a pool keeps its connection from task to task, and the server what it learned of the tables: both
# anew cost as much as to judge a wave. `devmatrix_project.celery.renew_connection` looks whether it still stands.
CELERY_DB_REUSE_MAX = None if "pool" in DATABASES["default"].get("OPTIONS", {}) else 500
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_EXPIRES = 86_400
CELERY_RESULT_CHORD_EXPIRES = 7 * 86_400
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue(name) for name in ("default", "llm", "cpu", "maintenance")]
CELERY_TASK_ROUTES = {
    "execution.tasks.draft_task": "llm",
    "execution.tasks.retry_atoms": "llm",
    "execution.tasks.analyse_failure": "llm",
    "execution.tasks.analyse_modification": "llm",
    "execution.tasks.write_acceptance": "llm",
    "review.tasks.assist_review": "llm",
    "planning.tasks.answer_message": "llm",
    "execution.tasks.judge_drafts": "cpu",
    "execution.tasks.close_round": "cpu",
    "execution.tasks.perform_stage": "cpu",
    "execution.tasks.run_acceptance": "cpu",
    "execution.tasks.validate_level": "cpu",
    "execution.tasks.learn": "maintenance",
    "execution.tasks.send_notice": "maintenance",
    "execution.tasks.learn_modification": "maintenance",
    "planning.tasks.learn_discovery": "maintenance",
    "execution.tasks.reconcile": "maintenance",
    "execution.tasks.prune_environments": "maintenance",
    "review.tasks.learn": "maintenance",
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A list per level of urgency: `execution.dispatch.urgency_at`. Redis takes 0 first.
    "priority_steps": list(range(10)),
    "visibility_timeout": 1800,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "max_connections": 200,
    "health_check_interval": 25,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
CELERY_REDIS_SOCKET_KEEPALIVE = True
CELERY_BEAT_SCHEDULE = {
    "reconcile": {
        "task": "execution.tasks.reconcile",
        "schedule": timedelta(seconds=DEVMATRIX.reconcile_every),
        # By the clock of whoever sends it, against that of whoever takes it: machines may be minutes apart.
        "options": {"expires": max(DEVMATRIX.reconcile_every, 600)},
    },
    "prune_environments": {
        "task": "execution.tasks.prune_environments",
        "schedule": timedelta(days=1),
        "options": {"expires": 3600},
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "common.pagination.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.problems.handle",
    "DEFAULT_RENDERER_CLASSES": ["common.rendering.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "user": environ.text("API_RATE", "1200/min"),
        "login": environ.text("LOGIN_RATE", "20/min"),
        "build": environ.text("BUILD_RATE", "30/min"),
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "DevMatrix",
    "DESCRIPTION": "From a request in plain words to a running, tested project.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v[12]",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "devmatrix_project.api_examples.add_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "DiscoveryStatusEnum": "planning.states.DiscoveryStatus",
        "PlanStatusEnum": "planning.states.PlanStatus",
        "StageStatusEnum": "planning.states.StageStatus",
        "TaskStatusEnum": "planning.states.TaskStatus",
        "SubtaskStatusEnum": "planning.states.SubtaskStatus",
        "PhaseTypeEnum": "planning.models.hierarchy.Phase.Type",
        "TaskTypeEnum": "planning.models.hierarchy.Task.Type",
        "VersionTypeEnum": "planning.models.versions.PlanVersion.Type",
        "AtomStatusEnum": "execution.states.AtomStatus",
        "RunStatusEnum": "execution.states.RunStatus",
        "WaveStatusEnum": "execution.states.WaveStatus",
        "ReviewStatusEnum": "review.states.ReviewStatus",
        "LevelEnum": "planning.models.hierarchy.Task.Priority",
    },
}

globals().update(environ.email_settings())
EMAIL_TIMEOUT = 20

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LOG_LEVEL = environ.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"})
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "common.logs.formatter", "as_json": environ.flag("LOG_JSON", not DEVELOPMENT)}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"httpx": {"level": "WARNING"}, "httpx2": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}

UNFOLD = {
    "SITE_TITLE": "DevMatrix",
    "SITE_HEADER": "DevMatrix",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("live/icon.svg")},
    ],
    # They stand in a file, which the content security policy lets through.
    "COLORS": lambda request: {},
    "STYLES": [lambda request: static("common/admin.css")],
    "SCRIPTS": [lambda request: static("common/admin.js")],
}
