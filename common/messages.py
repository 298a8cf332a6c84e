"""Messages go out after commit and may be lost: the rows are the truth, the reconcilers send again what is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def after_commit(send: Callable[[], object]) -> None:
    """Call ``send`` once the transaction under way is committed; a broker that does not answer stops nobody."""
    transaction.on_commit(lambda: _try(send))


def _try(send: Callable[[], object]) -> None:
    try:
        send()
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("A message was not sent, the reconciler will do it: %s", error)
