"""What holds for all attributes of a payload while it is read."""

from __future__ import annotations

from kierto.ngsild.contexts import Context


class Reading:
    """What holds for all attributes of one payload.

    Attributes:
        context: says what names mean.
        now: normalised time; createdAt and modifiedAt of what is read.
        nulls: where NULL may stand (``values.NOWHERE``, ``WHOLE``, ``DEEP``).
        partial: whether type and value may be missing (partial updates and merges); what has its
            type by inference is then marked ``inferred``, by a bare ``value`` or by a ``member``,
            for the patch that follows.
        keep_times: whether createdAt, modifiedAt and instanceId of the payload are believed: it
            comes from another node, not from a client.
        simplified: whether the payload is in the simplified form (clause 4.5.4): objects are
            values, but for languageMap, json, vocab and dataset.
        is_plain: whether a client sends it whole: none of all these.
    """

    __slots__ = ("context", "is_plain", "keep_times", "now", "nulls", "partial", "simplified")

    def __init__(
        self,
        context: Context,
        now: str,
        *,
        nulls: int = 0,
        partial: bool = False,
        keep_times: bool = False,
        simplified: bool = False,
    ) -> None:
        self.context = context
        self.now = now
        self.nulls = nulls
        self.partial = partial
        self.keep_times = keep_times
        self.simplified = simplified
        self.is_plain = not (nulls or partial or keep_times or simplified)
