"""Settings of every test run: those of the product, with nothing of this machine in them.

The environment is cleaned first, so that a developer's own `KIERTO_…` settings (a real database
among them) can neither help a test nor be harmed by one. `KIERTO_TEST_DATABASE_URL` chooses the
database: unset means a SQLite file in a folder that goes away with the run.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Set by the first process of a run; the workers of pytest-xdist inherit it and clean nothing up.
_FOLDER = "KIERTO_TEST_FOLDER"
_KEPT = {"KIERTO_TEST_DATABASE_URL", "KIERTO_TEST_SERVER", "KIERTO_CHROMIUM", _FOLDER}

for _name in [name for name in os.environ if name.startswith("KIERTO_") and name not in _KEPT]:
    del os.environ[_name]

if _FOLDER not in os.environ:
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="kierto-test-")
    atexit.register(shutil.rmtree, os.environ[_FOLDER], ignore_errors=True)

FOLDER = Path(os.environ[_FOLDER])
os.environ["KIERTO_DATA_DIR"] = str(FOLDER)
os.environ["KIERTO_SECRET_KEY"] = "tests-" + "0123456789" * 5
if os.environ.get("KIERTO_TEST_DATABASE_URL"):
    os.environ["KIERTO_DATABASE_URL"] = os.environ["KIERTO_TEST_DATABASE_URL"]

from kierto.config.settings import *  # noqa: E402, F403
from kierto.config.settings import DATABASES, INSTALLED_APPS  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and the live server then meet the locks that users meet.
    DATABASES["default"].setdefault("TEST", {})["NAME"] = str(FOLDER / "test.sqlite3")
    # The file goes away with the run: no commit has to wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"

# The real hasher is slow by design; nothing here tests its slowness.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Each test client would list and read the head of a thousand static files before its first answer.
# The servers that the browser tests start run the product's own settings, and do.
WHITENOISE_AUTOREFRESH = True

# Before Django, because its `flush` cannot empty a ledger that refuses to be emptied.
INSTALLED_APPS = ["tests.guards", *INSTALLED_APPS]
