"""What granian serves: the NGSI-LD interface as it is, everything else through Django."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kierto.config.settings")

_pages = get_wsgi_application()

from kierto.hub.wsgi import application as _hub  # noqa: E402  (the apps must stand first)

# What stands now stands for good. Looking through all of it again and again for garbage took half
# the time of a batch of entities.
gc.collect()
gc.freeze()
gc.set_threshold(200_000, 20, 50)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Routes by the start of the path; Django's middleware costs more than a whole answer."""
    serve = _hub if environ["PATH_INFO"].startswith("/ngsi-ld/") else _pages
    return serve(environ, start_response)
