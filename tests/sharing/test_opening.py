"""Opening hours: syntax of OpenStreetMap, public holidays, clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kierto.core.opening import BadOpeningHours
from kierto.parties.models import Place
from kierto.sharing import opening
from kierto.sharing.models import Collection, Thing

HELSINKI, LISBON, AMMAN = "Europe/Helsinki", "Europe/Lisbon", "Asia/Amman"


def make(hours: str, zone: str = HELSINKI, country: str = "FI") -> Collection:
    """A collection that nobody stored: hours need no database."""
    return Collection(
        name="Library", opening_hours=hours, timezone=zone, holidays=country, place=Place()
    )


def at(text: str, zone: str = HELSINKI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


WEEK = "Mo-Fr 10:00-18:00; Sa 10:00-14:00; PH off"


# --------------------------------------------------------------------------- syntax


def test_hours_are_trimmed_and_kept_as_written() -> None:
    assert opening.check_hours("  Mo-Fr 10:00-18:00; PH off ") == "Mo-Fr 10:00-18:00; PH off"


@pytest.mark.parametrize(
    ("text", "column", "rest"),
    [
        ("Mo-Fr 10:00-18:00; PH of", 23, "of"),
        ("Mo-Xx 10:00", 4, "Xx 10:00"),
        ("", 1, "…"),
        ("Mo-Fr 10-18", 7, "10-18"),
        ("hello", 1, "hello"),
        ("2026-2020 10:00-12:00", 1, "2026-2020 10:00-12:00"),
    ],
)
def test_a_mistake_is_named_by_its_place(text: str, column: int, rest: str) -> None:
    with pytest.raises(BadOpeningHours) as caught:
        opening.check_hours(text)
    assert (caught.value.fields["column"], caught.value.fields["rest"]) == (column, rest)
    assert caught.value.field == "opening_hours"


@given(st.text("MoTuPH 0123456789:-;,off+[]()'week24/Jan sunrise\n|", max_size=24))
@settings(max_examples=300)
def test_any_text_is_hours_or_a_mistake_with_a_place(text: str) -> None:
    mistake = mistake_in(text)
    if mistake is None:
        assert len(opening.days_from(make(text.strip()), date(2026, 11, 16))) == 7
    else:
        assert 1 <= mistake.fields["column"] <= len(text) + 1


def mistake_in(text: str) -> BadOpeningHours | None:
    try:
        opening.check_hours(text)
    except BadOpeningHours as error:
        return error
    return None


# --------------------------------------------------------------------------- open or closed


@pytest.mark.parametrize(
    ("moment", "is_open", "can_end"),
    [
        ("2026-11-23T09:59", False, False),
        ("2026-11-23T10:00", True, True),
        ("2026-11-23T17:59", True, True),
        ("2026-11-23T18:00", False, True),
        ("2026-11-23T18:01", False, False),
        ("2026-11-22T12:00", False, False),
    ],
)
def test_it_opens_with_its_first_minute_and_closes_with_its_last(
    moment: str, is_open: bool, can_end: bool
) -> None:
    library = make(WEEK)
    assert opening.is_open(library, at(moment)) == is_open
    assert opening.is_open_until(library, at(moment)) == can_end


def test_the_asker_may_live_in_another_zone() -> None:
    assert opening.is_open(make(WEEK), datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert not opening.is_open(make(WEEK), datetime(2026, 11, 23, 16, tzinfo=UTC))


def test_whole_stretches_are_covered_and_breaks_are_not() -> None:
    library = make("Mo-Fr 10:00-12:00,13:00-18:00")
    assert opening.covers(library, at("2026-11-23T10:00"), at("2026-11-23T12:00"))
    assert not opening.covers(library, at("2026-11-23T11:00"), at("2026-11-23T14:00"))


def test_next_opening_is_now_or_the_next_first_minute() -> None:
    library = make(WEEK)
    sunday, monday = at("2026-11-22T12:00"), at("2026-11-23T10:00")
    assert opening.next_opening(library, sunday) == monday
    assert opening.next_opening(library, monday + timedelta(hours=1)) == monday + timedelta(hours=1)
    assert opening.next_opening(make("24/7 off"), sunday) is None
    assert opening.closes_after(library, monday) == at("2026-11-23T18:00")
    assert opening.closes_after(make("24/7"), monday) is None


def test_unknown_counts_as_closed() -> None:
    assert not opening.is_open(make("Mo-Fr 10:00-18:00 unknown"), at("2026-11-23T12:00"))


def test_open_past_midnight_is_cut_at_midnights() -> None:
    bar = make("Fr 22:00-02:00")
    assert opening.spans(bar, date(2026, 11, 27)) == [
        (at("2026-11-27T22:00"), at("2026-11-28T00:00"))
    ]
    assert opening.spans(bar, date(2026, 11, 28)) == [
        (at("2026-11-28T00:00"), at("2026-11-28T02:00"))
    ]


def test_a_thing_has_its_own_hours_or_those_of_its_collection() -> None:
    library = make(WEEK)
    room = Thing(collection=library, opening_hours="Mo-Su 08:00-22:00")
    drill = Thing(collection=library)
    sunday = at("2026-11-22T12:00")
    assert (opening.is_open(room, sunday), opening.is_open(drill, sunday)) == (True, False)


# --------------------------------------------------------------------------- public holidays


def test_public_holidays_are_those_of_the_country() -> None:
    christmas, boxing_day = date(2026, 12, 25), date(2026, 12, 26)
    assert opening.spans(make(WEEK), christmas) == []
    assert opening.spans(make(WEEK, LISBON, "PT"), boxing_day) != []
    assert opening.spans(make(WEEK), boxing_day) == []


def test_a_country_without_known_holidays_has_none() -> None:
    assert (opening.has_holidays("FI"), opening.has_holidays("JO")) == (True, False)
    assert opening.spans(make(WEEK, AMMAN, "JO"), date(2026, 12, 25)) != []
    assert not opening.has_holidays("")


def test_days_that_a_holiday_changes_are_listed() -> None:
    special = opening.special_days(make(WEEK), date(2026, 11, 23), 40)
    # The calendar of the package has Christmas Eve among the Finnish holidays.
    assert [one.day for one in special] == [
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2026, 12, 26),
        date(2027, 1, 1),
    ]
    assert all(one.is_closed for one in special)
    assert opening.special_days(make("Mo-Fr 10:00-18:00"), date(2026, 11, 23), 40) == []


def test_a_week_has_seven_days_in_order() -> None:
    week = opening.days_from(make(WEEK), date(2026, 11, 22))
    assert [one.is_closed for one in week] == [True, False, False, False, False, False, False]
    assert week[6].spans == [(at("2026-11-28T10:00"), at("2026-11-28T14:00"))]


# --------------------------------------------------------------------------- clocks that change

NIGHTS = [
    (HELSINKI, date(2026, 3, 29), 23),
    (HELSINKI, date(2026, 10, 25), 25),
    (LISBON, date(2026, 3, 29), 23),
    (LISBON, date(2026, 10, 25), 25),
    (AMMAN, date(2022, 2, 25), 23),
    (AMMAN, date(2021, 10, 29), 25),
    (AMMAN, date(2026, 3, 27), 24),
]


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS)
def test_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: date, hours: int) -> None:
    (span,) = opening.spans(make("24/7", zone, ""), day)
    assert span[1].timestamp() - span[0].timestamp() == hours * 3600
    assert opening.days_from(make("24/7", zone, ""), day, 1)[0].is_whole


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS)
def test_ten_to_six_stays_ten_to_six(zone: str, day: date, hours: int) -> None:
    spans = opening.spans(make("10:00-18:00", zone, ""), day)
    assert [(b.hour, e.hour) for b, e in spans] == [(10, 18)]


def test_an_hour_that_happens_twice_counts_twice() -> None:
    night = make("02:30-03:30", country="")
    begins = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    (span,) = opening.spans(night, date(2026, 10, 25))
    assert [one.timestamp() for one in span] == [
        begins.timestamp(),
        (begins + timedelta(hours=2)).timestamp(),
    ]


def test_an_hour_that_is_left_out_is_not_open() -> None:
    assert opening.spans(make("03:00-04:00", country=""), date(2026, 3, 29)) == []
    half = opening.spans(make("02:30-03:30", country=""), date(2026, 3, 29))
    assert [(b.timestamp(), e.timestamp()) for b, e in half] == [
        (
            datetime(2026, 3, 29, 0, 30, tzinfo=UTC).timestamp(),
            datetime(2026, 3, 29, 1, 0, tzinfo=UTC).timestamp(),
        )
    ]


def moments_around(year: int, month: int, day: int) -> st.SearchStrategy[datetime]:
    """Any minute of the week around a day."""
    first = datetime(year, month, day, tzinfo=UTC) - timedelta(days=3)
    return st.integers(0, 7 * 1440).map(lambda minutes: first + timedelta(minutes=minutes))


MOMENTS = moments_around(2026, 3, 29) | moments_around(2026, 10, 25)


@given(
    MOMENTS,
    st.sampled_from([WEEK, "22:00-05:00", "02:30-03:30", "24/7", "Mo[1] 10:00-12:00", "Su off"]),
    st.sampled_from([HELSINKI, LISBON, AMMAN]),
)
@settings(max_examples=200)
def test_open_is_what_the_spans_of_the_day_say(moment: datetime, hours: str, zone: str) -> None:
    library = make(hours, zone, "FI")
    day = moment.astimezone(ZoneInfo(zone)).date()
    spans = [(b.astimezone(UTC), e.astimezone(UTC)) for b, e in opening.spans(library, day)]
    assert opening.is_open(library, moment) == any(b <= moment < e for b, e in spans)
    opens = opening.next_opening(library, moment)
    assert opens is None or (opens >= moment and opening.is_open(library, opens))
