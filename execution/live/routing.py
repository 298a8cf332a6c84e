"""Addresses of sockets."""

from __future__ import annotations

from django.urls import path

from execution.live.socket.consumer import LiveConsumer

websocket_urlpatterns = [path("ws/", LiveConsumer.as_asgi())]
