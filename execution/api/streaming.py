"""Downloads that no server holds whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import FileResponse

PIECE = 256 * 1024


class StreamedFile(FileResponse):
    """Sent piece by piece by an asynchronous server too, where Django would read the whole file first."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.file_to_stream and (piece := await sync_to_async(self.file_to_stream.read)(PIECE)):
            yield piece
