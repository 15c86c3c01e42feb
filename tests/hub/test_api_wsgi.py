"""The interface as a server meets it: lengths, headers, addresses, and what fails inside."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest

from kierto.hub import wsgi
from kierto.hub.http import Response
from kierto.hub.http.answering import router
from tests.hub.calling import call, error_of, made

pytestmark = pytest.mark.django_db


def served(method: str, path: str, body: bytes = b"", **environ: Any) -> tuple[str, Any, bytes]:
    """Status line, headers and body as a server of WSGI gets them."""
    seen: list[Any] = []
    path, _, query = path.partition("?")
    given: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/ngsi-ld/v1" + path,
        "QUERY_STRING": query,
        "HTTP_HOST": "node.example",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)) if body else "",
    }
    data = wsgi.application(given | environ, lambda *said: seen.extend(said))
    return seen[0], dict(seen[1]), b"".join(data)


def test_wsgi_serves_what_the_function_answers(settings) -> None:
    settings.HUB_OPEN = True
    lamp = orjson.dumps({"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"})
    status, headers, body = served("POST", "/entities", lamp, CONTENT_TYPE="application/json")
    assert (status, headers["Location"], body) == (
        "201 Created",
        "/ngsi-ld/v1/entities/urn:ngsi-ld:Lamp:1",
        b"",
    )
    status, headers, body = served("GET", "/entities/urn:ngsi-ld:Lamp:1?options=keyValues")
    assert (status, headers["Content-Type"]) == ("200 OK", "application/json")
    assert orjson.loads(body) == {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}


def test_a_head_has_the_headers_of_a_get_and_no_body() -> None:
    made()
    status, headers, body = served("HEAD", "/entities/urn:ngsi-ld:Lamp:1")
    assert (status, body) == ("200 OK", b"")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("length", ["-5", "1e3", "0x10", "5, 5", "9" * 30])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    assert served("POST", "/entities", b"{}", CONTENT_LENGTH=length)[0] == "400 Bad Request"


def test_a_body_shorter_than_its_length_is_refused() -> None:
    assert served("POST", "/entities", b"{}", CONTENT_LENGTH="50")[0] == "400 Bad Request"


def test_a_body_said_to_be_too_long_is_not_read() -> None:
    class Unread(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("it was read")

    said = {"CONTENT_LENGTH": str(100_000_000), "wsgi.input": Unread()}
    assert served("POST", "/entities", **said)[0] == "413 Request Entity Too Large"


def test_a_query_with_a_thousand_parameters_or_bad_bytes_is_refused() -> None:
    many = "&".join(f"a{number}=1" for number in range(1_000))
    assert served("GET", f"/entities?{many}")[0] == "400 Bad Request"
    assert served("GET", "/entities?type=%ff%fe")[0] == "400 Bad Request"
    assert served("GET", "/entities/\xff\xfe")[0] == "400 Bad Request"


def test_no_header_of_an_answer_can_hold_another_one() -> None:
    response = Response(201, None, {"Location": "/a\r\nSet-Cookie: b=c", "Link": ["<\n>", "ü"]})
    assert wsgi.written(response)[1] == [
        ("Location", "/a??Set-Cookie: b=c"),
        ("Link", "<?>"),
        ("Link", "ü"),
        ("X-Content-Type-Options", "nosniff"),
    ]


@pytest.mark.parametrize(
    ("host", "start"),
    [
        ("node.example", "http://node.example/"),
        ("node.example:8000", "http://node.example:8000/"),
        ("evil.example", "/ngsi-ld"),
        ("node.example@evil.example", "/ngsi-ld"),
        ("", "/ngsi-ld"),
    ],
)
def test_addresses_in_answers_name_no_host_but_this_nodes(settings, host: str, start: str) -> None:
    settings.ALLOWED_HOSTS = ["node.example"]
    call("POST", "/jsonldContexts", {"@context": {"a": "https://a.example/a"}})
    (address,) = orjson.loads(served("GET", "/jsonldContexts", HTTP_HOST=host)[2])
    assert address.startswith(start)


def test_behind_a_proxy_addresses_say_https(settings) -> None:
    settings.ALLOWED_HOSTS = ["node.example"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    call("POST", "/jsonldContexts", {"@context": {"a": "https://a.example/a"}})
    _, _, body = served("GET", "/jsonldContexts", HTTP_X_FORWARDED_PROTO="https")
    assert orjson.loads(body)[0].startswith("https://node.example/")


def test_django_serves_the_same_answers(client, settings) -> None:
    settings.HUB_OPEN = True
    lamp = orjson.dumps({"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"})
    path = "/ngsi-ld/v1/entities"
    assert client.post(path, lamp, content_type="application/json").status_code == 201
    response = client.get(f"{path}/urn:ngsi-ld:Lamp:1")
    assert response.json() == {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    assert response["Content-Type"] == "application/json"
    assert client.get(f"{path}/urn:ngsi-ld:Lamp:2").status_code == 404


def test_what_fails_in_a_handler_is_told_without_the_reason(monkeypatch, caplog) -> None:
    from kierto.hub.api import info

    def broken(_: object) -> Response:
        raise ZeroDivisionError("the secret of the house")

    routes, _ = router().find("/info/sourceIdentity")
    monkeypatch.setitem(
        routes, "GET", info.Route("GET", "/info/sourceIdentity", broken, "x", tenantless=True)
    )
    response = call("GET", "/info/sourceIdentity", headers={"authorization": "Bearer kierto_x"})
    assert error_of(response) == (500, "InternalError")
    assert "secret of the house" not in str(response.body)
    assert "kierto_x" not in caplog.text
    assert caplog.records[0].getMessage() == "GET /info/sourceIdentity failed"
