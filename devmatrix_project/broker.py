"""Redis as the broker, for workers that outlive it.

A worker of Celery 5.7 with kombu 5.7 that holds a message when Redis goes away ends with "Unrecoverable error:
AttributeError": while it closes the lost connection it still tries to give the message back through it. Here a lost
connection gives nothing back and acknowledges nothing; what it held is sent again, by Redis or by the reconcilers.

And for a hundred messages at once, each with a few calls of its own.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis


class QoS(redis.QoS):
    """Knows when its channel has no connection any more."""

    def restore_unacked(self, client: Any = None) -> None:
        if self._is_cut_off():
            if self._delivered is not None:
                self._delivered.clear()
        else:
            super().restore_unacked(client)

    def ack(self, delivery_tag: str) -> None:
        if not self._is_cut_off():
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not self._is_cut_off():
            super().reject(delivery_tag, requeue)

    def _is_cut_off(self) -> bool:
        transport: Any = self.channel.connection
        return transport is None or transport.client is None


class Channel(redis.Channel):
    """Borrows connections through one client: kombu makes one for each message, which costs more than the call."""

    QoS = QoS
    _borrowing: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[misc]  # stubs leave it out
        if self._borrowing is None or self._borrowing.connection_pool is not self.pool:
            self._borrowing = super()._create_client()  # type: ignore[misc]
        return self._borrowing


class Transport(redis.Transport):
    Channel = Channel
