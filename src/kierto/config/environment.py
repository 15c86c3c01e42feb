"""Every setting that an operator can give, declared once.

``docs/reference/settings.md`` is tested to list exactly these. Values are read from the
environment; a wrong one stops the start with a sentence that names it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingError(Exception):
    """A setting cannot be used as it is. The text says which, why, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, default (as text), and what it does."""

    name: str
    default: str
    purpose: str


SETTINGS = (
    Setting("KIERTO_DATA_DIR", "var", "Folder for the database, uploads and the secret key."),
    Setting(
        "KIERTO_DATABASE_URL",
        "",
        "Database, as postgres://user:password@host:port/name; empty means SQLite in the data folder.",
    ),
    Setting("KIERTO_SECRET_KEY", "", "Signing key; empty means one is made and kept, mode 0600."),
    Setting("KIERTO_DEBUG", "no", "Show error details in pages: yes or no. Never on the internet."),
    Setting("KIERTO_HOSTS", "localhost,127.0.0.1,[::1]", "Host names served, separated by commas."),
    Setting("KIERTO_HTTPS", "no", "Served over HTTPS: yes sends secure cookies and HSTS."),
    Setting("KIERTO_PROXY", "no", "Behind a proxy that sets X-Forwarded-Proto: yes or no."),
    Setting(
        "KIERTO_LANGUAGE", "en", "Language when the reader's is not known: en, fi, it, es, ar."
    ),
    Setting("KIERTO_TIME_ZONE", "Europe/Helsinki", "Time zone of the node."),
    Setting(
        "KIERTO_MAIL_URL",
        "",
        "Mail server, as smtp://user:password@host:587 or smtps://…; empty writes mail to files.",
    ),
    Setting("KIERTO_MAIL_FROM", "kierto@localhost", "Sender of e-mail."),
    Setting("KIERTO_NODE_NAME", "Kierto", "Name of this node, shown in the page head."),
    Setting("KIERTO_OPENID_URL", "", "OpenID Connect issuer for single sign-on; empty means none."),
    Setting("KIERTO_OPENID_NAME", "City sign-on", "Name of the single sign-on on its button."),
    Setting("KIERTO_OPENID_CLIENT_ID", "", "Client id at the OpenID Connect issuer."),
    Setting("KIERTO_OPENID_CLIENT_SECRET", "", "Client secret at the OpenID Connect issuer."),
    Setting("KIERTO_WORKERS", "1", "Web worker processes."),
    Setting(
        "KIERTO_MAP_TILES", "", "Raster tile URL template for maps; empty draws no background."
    ),
    Setting(
        "KIERTO_HUB_OPEN",
        "no",
        "Anybody may read and write the NGSI-LD interface: for trials and closed networks only.",
    ),
    Setting(
        "KIERTO_HUB_INWARD",
        "no",
        "The hub may call addresses inside one's own network: notifications, sources, contexts.",
    ),
    Setting(
        "KIERTO_HUB_FETCH_CONTEXTS",
        "yes",
        "The hub may fetch contexts of JSON-LD from the internet: yes or no.",
    ),
    Setting(
        "KIERTO_HUB_CONTEXTS",
        "",
        "Folder of context files to take in the place of fetching; see the hub's reference.",
    ),
    Setting(
        "KIERTO_HUB_HISTORY_PAGE",
        "1000",
        "Instances of one entity that one answer about its history holds at most.",
    ),
    Setting(
        "KIERTO_MQTT_PORT",
        "0",
        "Port of the broker for devices that send over MQTT; 0 means none. The usual one is 1883.",
    ),
    Setting("KIERTO_MQTT_HOST", "127.0.0.1", "Address on which the broker for devices listens."),
    Setting(
        "KIERTO_MQTT_URL",
        "",
        "Outside broker to take devices' messages from, as mqtt://user:password@host or mqtts://…",
    ),
    Setting("PORT", "8000", "Port on which `kierto serve` listens."),
)


class Environment:
    """Typed access to the declared settings; asking for an undeclared one is a mistake."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values
        self._defaults = {setting.name: setting.default for setting in SETTINGS}

    def text(self, name: str) -> str:
        """The value, or the declared default."""
        return self._values.get(name, "").strip() or self._defaults[name]

    def flag(self, name: str) -> bool:
        """``yes`` or ``no`` (also true/false, 1/0, on/off)."""
        value = self.text(name).lower()
        if value in {"yes", "true", "1", "on"}:
            return True
        if value in {"no", "false", "0", "off"}:
            return False
        raise SettingError(f"{name} is {value!r}; write yes or no.")

    def number(self, name: str, smallest: int, largest: int) -> int:
        """A whole number within limits."""
        value = self.text(name)
        if not value.isascii() or not value.isdigit() or not smallest <= int(value) <= largest:
            raise SettingError(
                f"{name} is {value!r}; write a whole number from {smallest} to {largest}."
            )
        return int(value)

    def items(self, name: str) -> list[str]:
        """A comma-separated list."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def data_dir(self) -> Path:
        """The data folder, made if it is missing."""
        folder = Path(self.text("KIERTO_DATA_DIR")).resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingError(
                f"KIERTO_DATA_DIR is {str(folder)!r}, which cannot be made ({error.strerror}); "
                "name a folder that this user may write to."
            ) from error
        return folder

    def folder(self, name: str) -> Path | None:
        """A folder that stands; ``None`` where the setting is empty."""
        value = self.text(name)
        if not value:
            return None
        folder = Path(value).resolve()
        if not folder.is_dir():
            raise SettingError(f"{name} is {value!r}, which is no folder; name one that stands.")
        return folder

    def secret_key(self) -> str:
        """The signing key: given, or made at the first start and kept with mode 0600."""
        given = self.text("KIERTO_SECRET_KEY")
        if given:
            if len(given) < 32:
                raise SettingError(
                    "KIERTO_SECRET_KEY is shorter than 32 characters; use a longer one."
                )
            return given
        path = self.data_dir() / "secret-key"
        try:
            # O_EXCL: two processes that start together must not each write their own key.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            key = secrets.token_urlsafe(50)
            file.write(key)
        return key
