"""The one door to numba: everything that runs as machine code is marked with :func:`compiled`.

numba is untyped, so the cast here lets the type checker see kernels as the plain functions they
are written as. Kernels let go of the interpreter's lock: several run at once in threads. The
machine code is cached beside the package (or in ``NUMBA_CACHE_DIR``), so only the first call after
an installation waits for the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

compiled = cast(Callable[[Function], Function], njit(cache=True, nogil=True))
"""Compile a function of numbers, arrays and named tuples of them."""

_INNER: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

inner = cast(Callable[[Function], Function], njit(**_INNER))
"""The same for a function that only compiled ones call: no door from Python, so faster to compile.

Its code is cached within that of its callers, and numba looks at *their* files only to see whether
the cache still holds: after editing an inner function, delete ``__pycache__/*.nbi`` in this package.
"""
