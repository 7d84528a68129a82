"""Documents opened from files by somebody without a network."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launched(kind, *arguments):
    """One more browser of a kind, with arguments of its own."""
    return kind.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, *arguments])


@contextmanager
def chromium():
    """A browser without a network of its own."""
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def offline_window(width=1280, height=800):
    """A window, what it said, and the addresses that it asked for."""
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        window = context.new_page()
        said, asked = [], []
        window.on("console", lambda message: said.append(message.text))
        window.on("pageerror", lambda error: said.append(str(error)))
        window.on("request", lambda request: asked.append(request.url))
        yield window, said, asked
