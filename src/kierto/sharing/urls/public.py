"""What residents see: things to borrow, bookings, one's own loans, calendars."""

from __future__ import annotations

from django.urls import URLPattern, path

from kierto.sharing.views import booked, booking, feeds, mine, things

paths: list[URLPattern] = [
    path("sharing/", things.things, name="things"),
    path("sharing/things/<str:code>/", things.thing, name="thing"),
    path("sharing/things/<str:code>/book/", booking.book, name="book"),
    path("sharing/photos/<int:pk>/", things.photo, name="photo"),
    path("sharing/conditions/<int:pk>/", things.condition_photo, name="condition_photo"),
    path("sharing/manuals/<int:pk>/", things.manual, name="manual"),
    path("sharing/loans/", mine.loans, name="loans"),
    path("sharing/loans/<uuid:pk>/renew/", mine.renew, name="loan_renew"),
    path("sharing/waiting/<uuid:pk>/leave/", mine.leave, name="waiting_leave"),
    path("sharing/waiting/<uuid:pk>/take/", mine.take, name="waiting_take"),
    path("sharing/bookings/<uuid:pk>/", booked.booking, name="booking"),
    path("sharing/bookings/<uuid:pk>/move/", booked.move, name="booking_move"),
    path("sharing/bookings/<uuid:pk>/change/", booked.change, name="booking_change"),
    path("sharing/bookings/<uuid:pk>/answer/", booked.answer, name="booking_answer"),
    path("sharing/bookings/<uuid:pk>/agreement/", booked.agreement, name="agreement"),
    path("sharing/series/<uuid:pk>/", booked.series, name="series"),
    path("sharing/series/<uuid:pk>/cancel/", booked.series_cancel, name="series_cancel"),
    path("sharing/feeds/", feeds.mine, name="feeds"),
    path("sharing/feeds/add/", feeds.add, name="feed_add"),
    path("sharing/feeds/<int:pk>/renew/", feeds.renew, name="feed_renew"),
    path("sharing/feeds/<int:pk>/close/", feeds.close, name="feed_close"),
    path("sharing/calendar/<str:secret>.ics", feeds.calendar, name="feed"),
]
