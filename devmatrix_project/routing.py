"""Sockets of all apps, and who may open one."""

from __future__ import annotations

from typing import Any

from channels.security.websocket import AllowedHostsOriginValidator

from execution.live.routing import websocket_urlpatterns

__all__ = ["from_our_pages_or_programs", "websocket_urlpatterns"]


def from_our_pages_or_programs(application: Any) -> Any:
    """Browsers always say whose page opens a socket, and only ours may; a program says nothing, and brings a token."""
    guarded = AllowedHostsOriginValidator(application)

    async def opened(scope: dict[str, Any], receive: Any, send: Any) -> Any:
        from_a_browser = any(name == b"origin" for name, _ in scope["headers"])
        return await (guarded if from_a_browser else application)(scope, receive, send)

    return opened
