"""What has grown on this machine's disk and is needed no more."""

from __future__ import annotations

import logging

from common.configuration import configuration
from execution.output.requirements import requirements_for
from execution.validation.auditing import BANDIT
from execution.validation.environments import key_of
from execution.validation.pruning import Removed, prune
from planning.stacks import STACKS

logger = logging.getLogger(__name__)


def prune_environments() -> list[Removed]:
    """Removes environments by age and size; those that every project of a stack begins with stay."""
    settings = configuration()
    removed = prune(
        settings.environments_dir,
        max_age=settings.environments_max_age,
        max_bytes=settings.environments_max_bytes,
        keep={key_of(BANDIT), *(key_of(requirements_for(stack)) for stack in STACKS)},
        caches=settings.caches_dir / "types",
    )
    if removed:
        logger.info("%d environments removed, %d bytes.", len(removed), sum(item.size for item in removed))
    return removed
