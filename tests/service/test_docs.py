"""The documentation page in a real browser, behind a gateway that passes only documented paths."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.service.gateway import Gateway
from tests.service.process import Service
from tests.service.test_openapi import DOCUMENT


@pytest.fixture
def gateway(service: Service) -> Iterator[Gateway]:
    gateway = Gateway(service, DOCUMENT)
    yield gateway
    gateway.close()


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        for folder in os.get_exec_path():
            if (program := Path(folder) / name).exists():
                return str(program)
    pytest.skip("no Chromium: apt-get install --yes chromium")


def test_the_page_is_one_page_and_tries_operations_out(service: Service, gateway: Gateway) -> None:
    program = _chromium()
    service.post()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        requested: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{gateway.url}/docs")
        operation = page.locator("#operations-books-list_books")
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        operation.get_by_role("button", name="Execute").click()
        expect(operation.locator(".live-responses-table td.response-col_status:not(.col_header)").first).to_contain_text("200")
        expect(operation.locator(".live-responses-table")).to_contain_text("Clean Code")
        browser.close()
    outside = [url for url in requested if not url.startswith((gateway.url, "data:", "blob:"))]
    assert outside == []
    assert f"{gateway.url}/openapi.json" in requested
    assert complaints == []


def test_the_page_is_sent_plain_and_lets_no_other_script_run(service: Service) -> None:
    answer = service.get("/docs", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert len(answer.content) < 6_000_000, "API Gateway passes 10 MB"
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    answer.content.decode()
