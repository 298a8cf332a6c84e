"""Every socket of the project."""

from __future__ import annotations

from execution.live.routing import websocket_urlpatterns

__all__ = ["websocket_urlpatterns"]
