"""The settings of DevMatrix itself, typed. Parsed once in ``devmatrix_project.environment``; read through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from common.flags import Flags


@dataclass(frozen=True)
class RollbackRule:
    """When version 2 is switched off by itself (``FF_ENABLE_V2``), if it is: looked at over the runs of a window."""

    enabled: bool = False
    window: float = 86_400
    least_runs: int = 3
    """Of fewer finished runs in the window nothing is concluded."""
    least_precision: float = 0.9
    most_errors: float = 0.05
    """Share of atoms that failed for good."""
    longest_run: float = 10_800
    """One open run that works for longer than this is enough."""


@dataclass(frozen=True)
class JiraField:
    """A custom field of Jira, by name or id, and its values by ours; what is not named goes there as it is."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JiraSettings:
    """Where plans are exported to. Complete and checked when ``enabled``."""

    enabled: bool = False
    base_url: str = ""
    email: str = ""
    api_token: str = field(default="", repr=False)
    project_key: str = ""
    assignees: Mapping[str, str] = field(default_factory=dict)
    """Account id or mail address by assigned agent, by type of task for tasks without one, and ``*`` for the rest."""
    custom_fields: Mapping[str, JiraField] = field(default_factory=dict)
    """By ``complexity`` and ``type``, of a task."""
    search_delay: float = 120
    """For so long an issue that was made may not be found by Jira's search."""


@dataclass(frozen=True)
class Configuration:
    """Every value has its variable in ``docs/operations.md``. Money in US dollars, times in seconds."""

    state_dir: Path
    """Where embedded services, environments and caches live."""
    workspaces_dir: Path
    llm_provider: str
    anthropic_api_key: str
    anthropic_base_url: str
    model_strong: str
    model_fast: str
    llm_timeout: float
    llm_requests_per_minute: int
    """Limits of the provider, shared by all workers; 0: no limit but what its answers tell. See `llm.limits`."""
    llm_input_tokens_per_minute: int
    llm_output_tokens_per_minute: int
    llm_calls_at_once: int
    llm_breaker_failures: int
    """After so many failures in a row a provider is not called for ``llm_breaker_seconds``, doubling each time."""
    llm_breaker_seconds: float
    llm_recording_dir: Path
    llm_prices_file: Path | None
    """Prices that change or add to those of the repository."""
    soft_cost_limit: Decimal
    hard_cost_limit: Decimal
    llm_record: bool
    """Whether real calls are written to ``llm_recording_dir``."""
    chroma_url: str
    memory_embedded: bool
    """Whether the embedded store may be used; only where one process uses memory."""
    memory_enabled: bool
    memory_minimum_similarity: float
    memory_timeout: float
    """How long the vector store or an embedding server may take for one request."""
    memory_embedding: str
    """``hashed-subtokens``, a dotted path, or the URL of an embeddings endpoint."""
    memory_embedding_model: str
    memory_holdout_share: float
    """Share of items that are not given what memory found, so that the others can be compared with them."""
    sandbox_required_level: int
    trusted_packages: tuple[str, ...]
    """Packages that may be installed although they are named like a well-known one."""
    vulnerabilities_url: str
    """An OSV service that knows the vulnerabilities of packages; empty: requirements are not audited."""
    environments_max_age: float
    environments_max_bytes: int
    max_request_chars: int
    plan_import_max_bytes: int
    """Of a document to import; it is read row by row."""
    max_drafts_at_once: int
    max_wave_atoms: int
    atom_batch_size: int
    atoms_at_once: int
    """Atoms that one worker process has models work on at the same time."""
    claim_lease: float
    reconcile_every: float
    resend_after: float
    """After this a round's messages are sent again when nothing came of them, doubling with every time."""
    failure_share_to_pause: float
    review_sample_share: float
    review_blocking: str
    """``critical``: what passed with a confidence below 0.50 waits for a person; ``off``: nothing that passed waits."""
    plan_min_phases: int
    plan_max_phases: int
    plan_max_milestones: int
    plan_min_tasks: int
    plan_max_tasks: int
    modification_expires_after: float
    """A proposed modification that nobody decides on lapses after this, and the run goes on."""
    metrics_token: str = field(repr=False)
    """With this, besides being staff, `/metrics` may be read."""
    flags: Flags
    """Defaults; what is in force is asked of ``common.flag_overrides``."""
    rollback: RollbackRule

    public_url: str
    """Where people reach the pages, for links in mails and webhooks; empty: no links."""
    notice_mail_from: str
    """Sender of notices by mail; empty: none are sent."""
    notice_webhook_url: str
    """Where notices are posted; empty: nowhere."""
    notice_webhook_secret: str = field(repr=False)
    notice_every: float
    """Notices that come in swarms are told once in so many seconds for each plan."""

    jira: JiraSettings = field(default_factory=JiraSettings)

    known_secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values of the environment that must never be written anywhere, the longest first."""

    @property
    def environments_dir(self) -> Path:
        return self.state_dir / "environments"

    @property
    def caches_dir(self) -> Path:
        return self.state_dir / "caches"


def configuration() -> Configuration:
    """The settings in force; tests replace them with ``settings.DEVMATRIX``."""
    return settings.DEVMATRIX
