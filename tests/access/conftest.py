"""A review's decision reaches a fake of execution with real rows."""

from __future__ import annotations

from tests.review.conftest import execution

__all__ = ["execution"]
