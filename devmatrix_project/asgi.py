"""HTTP by Django, sockets by Channels."""

from __future__ import annotations

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devmatrix_project.settings")
http = get_asgi_application()

from devmatrix_project.routing import from_our_pages_or_programs, websocket_urlpatterns  # noqa: E402 - needs the apps

application = ProtocolTypeRouter(
    {"http": http, "websocket": from_our_pages_or_programs(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))}
)
