"""What browser tests share. ``SCREENSHOTS=folder`` has them take pictures, light and dark, at three widths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

BROWSER = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_before_the_browser", "database_emptied_beside_the_browser"),
    # pytest-base-url, which pytest-playwright brings, declares its fixture in a way that pytest 10 will refuse.
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods"),
    # WhiteNoise's files under ASGI are read at once; they are small.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators"),
]

SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


def shoot(page: Page, name: str) -> None:
    if not SCREENSHOTS:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(250)
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def live(page: Page) -> None:
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def mark(page: Page) -> None:
    """A reload would take this mark away."""
    page.evaluate("document.body.dataset.mark = 'same page'")


def was_never_reloaded(page: Page) -> bool:
    return bool(page.evaluate("document.body.dataset.mark === 'same page'"))
