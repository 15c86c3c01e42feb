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
