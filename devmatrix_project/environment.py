"""Reads the environment, once. An invalid value stops the start with a message that names the variable."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from common.configuration import Configuration, JiraSettings, RollbackRule
from common.flags import Flags
from integrations.jira.settings import WrongSetting, checked, custom_fields, names_by_name
from integrations.llm.price_table import PriceTableInvalid, price_table
from integrations.llm.secrets import is_no_word

BASE_DIR = Path(__file__).resolve().parent.parent

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@")

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))


def _bad(name: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is {env.str(name, default='')!r}; it must be {wanted}.")


def text(name: str, default: str = "") -> str:
    return str(env.str(name, default=default)).strip()


def flag(name: str, default: bool) -> bool:
    raw = text(name, "true" if default else "false").lower()
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise _bad(name, "true or false")


def number(name: str, default: float, *, low: float = 0, high: float = float("inf")) -> float:
    try:
        value = float(text(name, str(default)))
    except ValueError:
        raise _bad(name, "a number") from None
    if not low <= value <= high:
        raise _bad(name, f"a number from {low:g} to {high:g}")
    return value


def whole(name: str, default: int, *, low: int = 0, high: int = 10**9) -> int:
    value = number(name, default, low=low, high=high)
    if value != int(value):
        raise _bad(name, "a whole number")
    return int(value)


def money(name: str, default: str) -> Decimal:
    try:
        value = Decimal(text(name, default))
    except InvalidOperation:
        raise _bad(name, "an amount in dollars such as 50 or 12.50") from None
    if not value.is_finite() or value < 0:
        raise _bad(name, "an amount in dollars, zero or more")
    return value


def choice(name: str, default: str, options: set[str]) -> str:
    value = text(name, default)
    if value not in options:
        raise _bad(name, "one of " + ", ".join(sorted(options)))
    return value


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def secret_values() -> tuple[str, ...]:
    """Values of variables named like a secret, and passwords within addresses; the longest first."""
    values = {value for name, value in env.ENVIRON.items() if _SECRET_NAME.search(name)}
    values |= {unquote(urlsplit(value).password or "") for value in env.ENVIRON.values() if _ADDRESS.match(value)}
    return tuple(sorted(filter(is_no_word, values), key=len, reverse=True))


def prices_file(name: str) -> Path | None:
    """A file of prices, read and checked now: a hole in it must not be found by paying for it."""
    if not text(name):
        return None
    path = folder(name, BASE_DIR)
    try:
        price_table(path)
    except PriceTableInvalid as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None
    return path


def address(name: str) -> str:
    """An address of the web, or nothing."""
    given = text(name)
    parts = urlsplit(given)
    if given and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise _bad(name, "an address such as https://devmatrix.example")
    return given


def email_settings() -> dict[str, Any]:
    """Django's settings of the mail server (``EMAIL_URL``)."""
    url = text("EMAIL_URL", "smtp://localhost:25")
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except (KeyError, ValueError, ImproperlyConfigured):
        raise _bad("EMAIL_URL", "a URL such as smtp+tls://user:password@host:587") from None
    return found


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


STATE_DIR = folder("DEVMATRIX_STATE_DIR", BASE_DIR / ".devmatrix")
if (STATE_DIR / "env").is_file():  # where the services that `make up` started are
    env.read_env(str(STATE_DIR / "env"))


DEAD_LINE = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}
"""After 50 seconds without a sign of life a connection is given up, where the system's own patience is two hours: a
network that swallows everything looks like a server that thinks for long. The address may say otherwise."""


def database() -> dict[str, Any]:
    """Django's database settings, with a small pool where the process runs threads (``DATABASE_POOL_SIZE``).

    A process that is suspended in a transaction loses it after ``DATABASE_IDLE_TRANSACTION_SECONDS``, and with it the
    locks for which all others would wait.
    """
    url = text("DATABASE_URL")
    if not url:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "devmatrix"}
    try:
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured):
        raise _bad("DATABASE_URL", "a URL such as postgresql://user:password@host:5432/name") from None
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise _bad("DATABASE_URL", "a postgresql:// URL")
    pool = whole("DATABASE_POOL_SIZE", 0, high=200)
    patience = whole("DATABASE_IDLE_TRANSACTION_SECONDS", 60, high=3600)
    options = config["OPTIONS"] = DEAD_LINE | config.get("OPTIONS", {})
    if patience:
        given = options.get("options", "")
        options["options"] = f"-c idle_in_transaction_session_timeout={patience}s {given}".strip()
    if pool:
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 30}
        options["prepare_threshold"] = 3
    config["CONN_MAX_AGE"] = 0 if pool else 60
    config["CONN_HEALTH_CHECKS"] = True
    config["TEST"] = {"NAME": text("TEST_DATABASE_NAME") or None}
    return config


def flags() -> Flags:
    """Defaults of the feature flags; administrators override them in the admin."""
    return Flags(
        enable_v2=flag("FF_ENABLE_V2", True),
        v2_percentage=whole("FF_V2_PERCENTAGE", 100, high=100),
        v2_whitelist_users=tuple(names("FF_V2_WHITELIST_USERS")),
        v2_blacklist_users=tuple(names("FF_V2_BLACKLIST_USERS")),
        enable_ast_atomization=flag("FF_ENABLE_AST_ATOMIZATION", True),
        enable_dependency_graph=flag("FF_ENABLE_DEPENDENCY_GRAPH", True),
        enable_hierarchical_validation=flag("FF_ENABLE_HIERARCHICAL_VALIDATION", True),
        enable_wave_execution=flag("FF_ENABLE_WAVE_EXECUTION", True),
        enable_retry_feedback=flag("FF_ENABLE_RETRY_FEEDBACK", True),
        enable_human_review=flag("FF_ENABLE_HUMAN_REVIEW", True),
        fallback_to_mvp_on_error=flag("FF_FALLBACK_TO_MVP_ON_ERROR", True),
    )


def rollback() -> RollbackRule:
    return RollbackRule(
        enabled=flag("AUTO_ROLLBACK", False),
        window=number("AUTO_ROLLBACK_WINDOW_SECONDS", 86_400, low=60),
        least_runs=whole("AUTO_ROLLBACK_LEAST_RUNS", 3, low=1),
        least_precision=number("AUTO_ROLLBACK_LEAST_PRECISION", 0.9, low=0, high=1),
        most_errors=number("AUTO_ROLLBACK_MOST_ERRORS", 0.05, low=0, high=1),
        longest_run=number("AUTO_ROLLBACK_LONGEST_RUN_SECONDS", 10_800, low=1),
    )


def jira() -> JiraSettings:
    """Checked as a whole: an export must not be stopped half-way by what could be known now."""
    try:
        return checked(
            JiraSettings(
                enabled=flag("JIRA_ENABLED", False),
                base_url=text("JIRA_BASE_URL").rstrip("/"),
                email=text("JIRA_EMAIL"),
                api_token=text("JIRA_API_TOKEN"),
                project_key=text("JIRA_PROJECT_KEY"),
                assignees=names_by_name("JIRA_ASSIGNEES", text("JIRA_ASSIGNEES")),
                custom_fields=custom_fields("JIRA_CUSTOM_FIELDS", text("JIRA_CUSTOM_FIELDS")),
                search_delay=number("JIRA_SEARCH_DELAY_SECONDS", 120, high=3600),
            )
        )
    except WrongSetting as error:
        raise ImproperlyConfigured(str(error)) from None


def devmatrix() -> Configuration:
    state = STATE_DIR
    key = text("ANTHROPIC_API_KEY")
    return Configuration(
        state_dir=state,
        workspaces_dir=folder("DEVMATRIX_WORKSPACES_DIR", state / "workspaces"),
        llm_provider=choice("LLM_PROVIDER", "anthropic" if key else "offline", {"anthropic", "offline", "replay"}),
        anthropic_api_key=key,
        anthropic_base_url=text("ANTHROPIC_BASE_URL"),
        model_strong=text("LLM_MODEL_STRONG", "claude-sonnet-5-5"),
        model_fast=text("LLM_MODEL_FAST", "claude-haiku-5-5"),
        llm_timeout=number("LLM_TIMEOUT", 600, low=1, high=3600),
        llm_requests_per_minute=whole("LLM_REQUESTS_PER_MINUTE", 1_000),
        llm_input_tokens_per_minute=whole("LLM_INPUT_TOKENS_PER_MINUTE", 2_000_000),
        llm_output_tokens_per_minute=whole("LLM_OUTPUT_TOKENS_PER_MINUTE", 400_000),
        llm_calls_at_once=whole("LLM_CALLS_AT_ONCE", 100, high=10_000),
        llm_breaker_failures=whole("LLM_BREAKER_FAILURES", 10, low=1),
        llm_breaker_seconds=number("LLM_BREAKER_SECONDS", 30, low=0.1, high=3600),
        llm_recording_dir=folder("LLM_RECORDING_DIR", state / "recordings"),
        llm_prices_file=prices_file("LLM_PRICES_FILE"),
        soft_cost_limit=money("COST_LIMIT_SOFT", "50"),
        hard_cost_limit=money("COST_LIMIT_HARD", "100"),
        llm_record=flag("LLM_RECORD", False),
        chroma_url=text("CHROMA_URL"),
        memory_embedded=flag("MEMORY_EMBEDDED", False),
        memory_enabled=flag("MEMORY_ENABLED", True),
        memory_minimum_similarity=number("MEMORY_MINIMUM_SIMILARITY", 0.7, low=0, high=1),
        memory_timeout=number("MEMORY_TIMEOUT", 2, low=0.05, high=60),
        memory_embedding=text("MEMORY_EMBEDDING", "hashed-subtokens"),
        memory_embedding_model=text("MEMORY_EMBEDDING_MODEL"),
        memory_holdout_share=number("MEMORY_HOLDOUT_SHARE", 0, low=0, high=0.5),
        sandbox_required_level=whole("SANDBOX_REQUIRED_LEVEL", 2, high=2),
        trusted_packages=tuple(names("TRUSTED_PACKAGES")),
        vulnerabilities_url=text("VULNERABILITIES_URL"),
        environments_max_age=number("ENVIRONMENTS_MAX_AGE_DAYS", 30, low=0.1) * 86_400,
        environments_max_bytes=int(number("ENVIRONMENTS_MAX_GIGABYTES", 20, low=0.1) * 10**9),
        max_request_chars=whole("MAX_REQUEST_CHARS", 20_000, low=100),
        plan_import_max_bytes=whole("PLAN_IMPORT_MAX_MEGABYTES", 1_000, low=1, high=100_000) * 10**6,
        max_drafts_at_once=whole("MAX_DRAFTS_AT_ONCE", 10, low=1, high=500),
        max_wave_atoms=whole("MAX_WAVE_ATOMS", 100, low=1, high=10_000),
        atom_batch_size=whole("ATOM_BATCH_SIZE", 25, low=1, high=1000),
        atoms_at_once=whole("ATOMS_AT_ONCE", 100, low=1, high=1000),
        claim_lease=number("CLAIM_LEASE_SECONDS", 30, low=0.1),
        reconcile_every=number("RECONCILE_EVERY_SECONDS", 10, low=1),
        resend_after=number("RESEND_AFTER_SECONDS", 20, low=0.1),
        failure_share_to_pause=number("FAILURE_SHARE_TO_PAUSE", 0.3, low=0, high=1),
        review_blocking=choice("REVIEW_BLOCKING", "off", {"off", "critical"}),
        review_sample_share=number("REVIEW_SAMPLE_SHARE", 0.02, low=0, high=1),
        public_url=address("PUBLIC_URL"),
        notice_mail_from=text("NOTICE_MAIL_FROM"),
        notice_webhook_url=address("NOTICE_WEBHOOK_URL"),
        notice_webhook_secret=text("NOTICE_WEBHOOK_SECRET"),
        notice_every=number("NOTICE_EVERY_SECONDS", 900, low=1),
        jira=jira(),
        known_secrets=secret_values(),
        plan_min_phases=whole("PLAN_MIN_PHASES", 3, low=1),
        plan_max_phases=whole("PLAN_MAX_PHASES", 7, low=1),
        plan_max_milestones=whole("PLAN_MAX_MILESTONES", 20, low=1),
        plan_min_tasks=whole("PLAN_MIN_TASKS", 5, low=1),
        plan_max_tasks=whole("PLAN_MAX_TASKS", 150, low=1),
        modification_expires_after=number("MODIFICATION_EXPIRES_AFTER_SECONDS", 86_400, low=1),
        metrics_token=text("METRICS_TOKEN"),
        flags=flags(),
        rollback=rollback(),
    )
