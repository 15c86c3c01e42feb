"""The arithmetic of indicators: numbers in, numbers out. Sources stand with each formula."""

from __future__ import annotations

from dataclasses import dataclass

LINEAR_SHARE = 0.9
"""The Ellen MacArthur Foundation's factor: a fully linear product of average use scores 0.1."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the range in which it lies by its factors; ``None`` where nothing is known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @classmethod
    def exact(cls, value: float | None) -> Estimate:
        """A value without a range of its own."""
        return cls(value, value, value)

    @classmethod
    def spread(cls, value: float | None, *others: float | None) -> Estimate:
        """A value and what it becomes with other factors; the range holds them all."""
        if value is None:
            return cls(None)
        every = [value, *(other for other in others if other is not None)]
        return cls(value, min(every), max(every))


def share(part: float, whole: float) -> float | None:
    """Part of whole, or None where the whole is nothing."""
    return part / whole if whole > 0 else None


def circular_use_rate(circulated: float, new: float) -> float | None:
    """Circular use over all use: U / (M + U).

    Source: Eurostat, Circular material use rate: calculation method, 2018. Both in kg.
    """
    return share(circulated, new + circulated)


def material_circularity(
    mass: float,
    virgin: float,
    unrecovered: float,
    *,
    feedstock_loss: float = 0.0,
    collection_loss: float = 0.0,
    utility: float = 1.0,
) -> float | None:
    """The Material Circularity Indicator, from 0 (linear) to 1 (circular); None without mass.

    V = ``virgin``, W = W0 + (Wf + Wc)/2, LFI = (V + W) / (2M + (Wf − Wc)/2), cut to 0…1,
    MCI = max(0, 1 − LFI · 0.9/X).

    Source: Ellen MacArthur Foundation and Granta Design, Circularity Indicators: An Approach to
    Measuring Circularity. Methodology, 2019. Masses in kg.
    """
    if mass <= 0:
        return None
    waste = unrecovered + (feedstock_loss + collection_loss) / 2
    whole = 2 * mass + (feedstock_loss - collection_loss) / 2
    linear = min(max((virgin + waste) / whole, 0.0), 1.0) if whole > 0 else 1.0
    return max(0.0, 1 - linear * LINEAR_SHARE / utility)
