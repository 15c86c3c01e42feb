"""What is unsafe for the open internet, in sentences that say what to do."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import run_checks

_QUIET = {
    "security.W005",  # said by KIERTO_HTTPS below
    "security.W004",
    "security.W008",
    "security.W012",
    "security.W016",
    "security.W018",
    "security.W020",
    "security.W021",
}


def unsafe_settings() -> list[str]:
    """Sentences about this node's settings; empty when nothing is found."""
    found = []
    if settings.DEBUG:
        found.append("KIERTO_DEBUG shows code to strangers; set it to no.")
    if not settings.HTTPS:
        found.append(
            "KIERTO_HTTPS is no, so cookies travel unprotected; put an HTTPS proxy in front, then "
            "set KIERTO_HTTPS=yes and KIERTO_PROXY=yes."
        )
    local = {"localhost", "127.0.0.1", "[::1]"}
    if "*" in settings.ALLOWED_HOSTS or set(settings.ALLOWED_HOSTS) <= local:
        found.append("KIERTO_HOSTS does not name the public host; set it to that name only.")
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        found.append(
            "KIERTO_MAIL_URL is empty, so sign-in codes are written to files; name a mail server."
        )
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        found.append("KIERTO_MAIL_FROM is not a real address; set it to one of your domain.")
    found += [
        f"{message.id}: {message.msg}"
        for message in run_checks(include_deployment_checks=True)
        if message.id not in _QUIET and message.level >= 30  # warnings and worse
    ]
    return found
