"""Outgoing mail from one address."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from kierto.config.environment import SettingError


def mail_from(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's mail settings: an SMTP server, or files under ``mail/`` in the data folder.

    Raises:
        SettingError: the address is not one of ``smtp://`` or ``smtps://``.
    """
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(data_dir / "mail"),
        }
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingError(
            f"KIERTO_MAIL_URL starts with {parts.scheme!r}; write smtp://user:password@host:587 "
            "or smtps://user:password@host:465."
        )
    tls = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if tls else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": tls,
        "EMAIL_USE_TLS": not tls and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }
