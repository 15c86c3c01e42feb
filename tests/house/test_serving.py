"""`kierto serve`, from the wheel: pages and assets come, and Ctrl-C ends it cleanly."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from tests.demonstration import Demonstration, served

INTERRUPTED = {0, 130}


def test_serve_answers_and_ends_cleanly_on_ctrl_c(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    with served(demonstration.copy(tmp_path / "data")) as server:
        with urllib.request.urlopen(f"{server.address}/static/kierto/kierto.css") as style:
            assert (style.status, style.headers.get_content_type()) == (200, "text/css")
        with urllib.request.urlopen(f"{server.address}/") as home:
            assert "content-security-policy" in {name.lower() for name in home.headers}
    said = server.log.read_text(encoding="utf-8")
    assert (server.process.returncode in INTERRUPTED, "Traceback" in said) == (True, False), said
