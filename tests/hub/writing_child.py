"""A process that changes entities and says of each when it is durable; it is made to be killed.

python -m tests.hub.writing_child DATABASE COUNT PREFIX
"""

from __future__ import annotations

import sys


def main(database: str, count: int, prefix: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.HUB_INWARD = True
    settings.HUB_OPEN = True
    django.setup()
    from tests.hub.telling import put

    for number in range(count):
        name = f"{prefix}{number}"
        put(name, number)
        print(name, flush=True)  # noqa: T201 - the parent reads what is durable


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
