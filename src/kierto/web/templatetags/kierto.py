"""Template tags that every page may use without loading them.

``docs/reference/components.md`` shows each with an example. Numbers come out isolated from the
direction of the text around them, so that "12.4 t" stays in order in Arabic.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from kierto.catalogue.models import Theme
from kierto.core.decision import Decision
from kierto.web import numbers
from kierto.web.icons import ICONS, MIRRORED
from kierto.web.pictures import flow_map as flow_map_picture
from kierto.web.pictures import sankey as sankey_picture
from kierto.web.pictures import series as series_picture
from kierto.web.pictures.palette import OTHER

register = template.Library()


def _number(text: str) -> SafeString:
    return format_html('<bdi class="k-number">{}</bdi>', text)


def _isolated(text: str) -> str:
    """Plain text that keeps its order among words from right to left (Unicode isolates)."""
    return f"\u2068{text}\u2069" if get_language_bidi() else text


# ------------------------------------------------------------------ numbers


@register.simple_tag
def amount(value: Any, unit: Any = "", *, exact: bool = False) -> SafeString:
    """``{% amount 12400 "kg" %}`` → 12.4 t. ``exact=True`` keeps every digit and the unit."""
    return _number(numbers.amount_text(value, unit, None if exact else numbers.DIGITS))


@register.simple_tag
def money(value: Any, currency: str = "EUR") -> SafeString:
    """``{% money 12.5 %}`` → €12.50."""
    return _number(numbers.money_text(value, currency))


@register.simple_tag(name="range")
def range_(value: Any, low: Any, high: Any, unit: Any = "") -> SafeString:
    """``{% range 12400 9100 16200 "kgCO2e" %}`` → 12.4 t CO₂e (9.1–16)."""
    if value is None:
        return _number(numbers.amount_text(None))
    main, _space, bounds = numbers.range_text(value, low, high, unit).partition(" (")
    if not bounds:
        return _number(main)
    return format_html(
        '<bdi class="k-number">{} <span class="k-number__range">({}</span></bdi>', main, bounds
    )


@register.simple_tag
def quantity(thing: Any) -> SafeString:
    """A :class:`~kierto.core.quantity.Quantity`, or a row that keeps one, as it was entered."""
    return _number(numbers.quantity_text(thing))


@register.filter(name="amount")
def amount_filter(value: Any, unit: Any = "") -> str:
    """The same as the tag, as plain text: for attributes and translated sentences."""
    return _isolated(numbers.amount_text(value, unit))


@register.filter(name="exact")
def exact_filter(value: Any, unit: Any = "") -> str:
    """Plain text with every digit."""
    return _isolated(numbers.amount_text(value, unit, None))


@register.filter(name="money")
def money_filter(value: Any, currency: str = "EUR") -> str:
    """The same as the tag, as plain text."""
    return _isolated(numbers.money_text(value, currency))


@register.filter(name="quantity")
def quantity_filter(thing: Any) -> str:
    """The same as the tag, as plain text."""
    return _isolated(numbers.quantity_text(thing))


@register.filter
def per(text: Any, period: Any) -> str:
    """``{{ value|amount:"kg"|per:"week" }}`` → 3 t a week; other words give “per …”."""
    return numbers.per_text(str(text), str(period))


@register.filter
def unlocalized(number: Any) -> str:
    """A number as drawings and programs want it: a point, no grouping, whatever the language."""
    return str(number)


@register.filter
def unit_symbol(unit: Any) -> str:
    """``m3`` → m³, ``kgCO2e/kg`` → kg CO₂e/kg."""
    return numbers.symbol_of(unit)


# -------------------------------------------------------------------- words


@register.filter
def breakable(text: Any) -> SafeString:
    """``{{ digest|breakable }}``: a word of any length may break after every eighth character."""
    whole = str(text)
    pieces = ((whole[start : start + 8],) for start in range(0, len(whole), 8))
    return format_html_join(mark_safe("<wbr>"), "{}", pieces)


@register.simple_tag
def page_title(text: Any = "") -> str:
    """For the ``title`` block: the page's own name first, the node's after it."""
    return f"{text} · {settings.NODE_NAME}" if text else str(settings.NODE_NAME)


@register.simple_tag
def when(moment: date | datetime | None, form: str = "") -> SafeString:
    """A date, or a date with its time, by locale: ``{% when event.has_end %}``.

    ``form``: "date" leaves the time out, "month" gives month and year.
    """
    if moment is None:
        return mark_safe("–")
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    style = {"date": "DATE_FORMAT", "month": "YEAR_MONTH_FORMAT"}.get(
        form, "DATETIME_FORMAT" if isinstance(moment, datetime) else "DATE_FORMAT"
    )
    return format_html(
        '<time datetime="{}">{}</time>', moment.isoformat(), formats.date_format(moment, style)
    )


@register.simple_tag
def icon(name: str, label: Any = "") -> SafeString:
    """One of our icons, drawn as text is; with a ``label`` it speaks for itself."""
    path = ICONS[name]
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" width="24" height="24" fill="none"'
        ' stroke="currentColor" stroke-width="1.75" stroke-linecap="round"'
        ' stroke-linejoin="round"{}><path d="{}"/></svg>',
        "k-icon k-icon--mirrored" if name in MIRRORED else "k-icon",
        format_html(' role="img" aria-label="{}"', label)
        if label
        else mark_safe(' aria-hidden="true"'),
        path,
    )


@register.simple_tag
def state_tag(label: Any, tone: str = "neutral") -> SafeString:
    """A state as a small label: tone is neutral, info, success, warning or danger."""
    symbol = {"success": "check", "warning": "warning", "danger": "close", "info": "info"}.get(tone)
    return format_html(
        '<span class="ds-tag k-tag" data-color="{}" data-size="sm">{}{}</span>',
        tone,
        icon(symbol) if symbol else "",
        label,
    )


@register.simple_tag
def theme_tag(theme: Any, label: Any) -> SafeString:
    """A theme's name with its colour and pattern, as in the pictures."""
    return format_html(
        '<span class="k-theme k-theme--{}"><span class="k-theme__mark"></span>{}</span>',
        theme,
        label,
    )


# --------------------------------------------------------------- components


@register.inclusion_tag("components/_headline_figure.html")
def figure(
    label: Any,
    value: Any,
    unit: Any = "",
    *,
    low: Any = None,
    high: Any = None,
    period: Any = "",
    href: str = "",
) -> dict[str, Any]:
    """One headline number with unit, period and range, linked to how it came about."""
    text = numbers.range_text(value, low, high, unit) if value is not None else "–"
    main, _space, bounds = text.partition(" (")
    return {
        "label": label,
        "text": main,
        "bounds": bounds.removesuffix(")"),
        "period": period,
        "href": href,
    }


@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    """A form field with label, hint, control and errors joined up for assistive technology.

    Options: ``label`` and ``hint`` replace the form's; ``suffix`` shows a unit after the control.
    """
    if "label" in options:
        bound.label = options["label"]
    if "hint" in options:
        bound.help_text = options["hint"]
    context = {"field": bound, "suffix": options.get("suffix", "")}
    return mark_safe(bound.form.renderer.render("django/forms/field.html", context))


@register.inclusion_tag("components/_decision_button.html", takes_context=True)
def decision_button(
    context: Context,
    decision: Decision | bool,
    label: Any,
    *,
    url: str = "",
    name: str = "",
    value: Any = "",
    variant: str = "primary",
    color: str = "accent",
    size: str = "",
    icon: str = "",
) -> dict[str, Any]:
    """A button that is there for those who may, and says why for those who may not.

    With ``url`` it is a whole POST form; without, a submit button for the form around it.
    """
    allowed = bool(decision)
    return {
        "allowed": allowed,
        "reason": "" if allowed else getattr(decision, "reason", ""),
        "label": label,
        "url": url,
        "name": name,
        "value": value,
        "variant": variant,
        "color": color,
        "size": size,
        "icon": icon,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/_pagination.html", takes_context=True)
def paginate(context: Context, page: Page[Any], parameter: str = "page") -> dict[str, Any]:
    """Links to the other pages of a list; every other part of the address is kept."""
    address = context["request"].GET.copy()

    def link(number: int) -> str:
        address[parameter] = str(number)
        return "?" + address.urlencode()

    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "steps": [
            {"number": number, "href": link(number) if isinstance(number, int) else ""}
            for number in shown
        ],
        "previous": link(page.previous_page_number()) if page.has_previous() else "",
        "next": link(page.next_page_number()) if page.has_next() else "",
    }


# ----------------------------------------------------------------- pictures


@register.simple_block_tag(takes_context=True)
def picture(
    context: Context,
    content: str,
    title: Any,
    *,
    caption: Any = "",
    download: str = "",
    name: str = "",
) -> SafeString:
    """A figure of your own: what stands in the block, with title, caption and download."""
    rendered: SafeString = render_to_string(
        "components/_picture.html",
        {
            "body": content,
            "title": title,
            "caption": caption,
            "download": download,
            "id": f"k-{name}" if name else "",
        },
    )
    return rendered


@register.simple_tag
def ring_dash(share: float) -> str:
    """The drawn and the open part of a ring of length 1000; it never quite closes."""
    drawn = round(min(max(share, 0.004), 0.94) * 1000)
    return f"{drawn} {1000 - drawn}"


def _with_legend(drawing: dict[str, Any]) -> dict[str, Any]:
    """Adds the names of the themes that the drawing uses; one alone needs no legend."""
    names = {**dict(Theme.choices), OTHER.key: _("Other")}
    paints = drawing["paints"] if len(drawing["paints"]) > 1 else []
    return {**drawing, "themes": [{"key": p.key, "name": names[p.key]} for p in paints]}


@register.inclusion_tag("components/_sankey.html")
def sankey(
    data: dict[str, Any],
    *,
    title: Any = "",
    caption: Any = "",
    download: str = "",
    name: str = "sankey",
) -> dict[str, Any]:
    """Flows as bands whose width is the amount; loops come back below. With its table."""
    return {
        "title": title or _("Flows"),
        "caption": caption,
        "download": download,
        **_with_legend(sankey_picture.drawing(data, name)),
    }


@register.inclusion_tag("components/_flow_map.html")
def flow_map(
    data: dict[str, Any],
    *,
    title: Any = "",
    caption: Any = "",
    download: str = "",
    name: str = "map",
) -> dict[str, Any]:
    """Points and flows on a map, line width by amount. ``data["area"]`` is the outline, GeoJSON."""
    return {
        "title": title or _("Map"),
        "caption": caption,
        "download": download,
        "data_id": f"k-{name}-data",
        "tiles": settings.MAP_TILES,
        **_with_legend(flow_map_picture.drawing(data, name)),
    }


@register.inclusion_tag("components/_series.html")
def series(
    data: dict[str, Any],
    *,
    title: Any = "",
    caption: Any = "",
    download: str = "",
    name: str = "series",
    form: str = "bar",
) -> dict[str, Any]:
    """Numbers over time or along another axis; ``form`` is "bar", "stacked", "line" or "points"."""
    return {
        "title": title or data.get("title", ""),
        "caption": caption,
        "download": download,
        "data_id": f"k-{name}-data",
        **series_picture.drawing(data, name, form),
    }
