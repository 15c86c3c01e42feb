"""Addresses of repair events: their pages, sign-up, volunteers, intake and results."""

from __future__ import annotations

from django.urls import URLPattern, path

from kierto.repair.views import event, event_plan, event_sign_ups, events, intake, volunteers

paths: list[URLPattern] = [
    path("repair/events/", events.events, name="events"),
    path("repair/events.ics", events.calendar, name="events_calendar"),
    path("repair/events/new/", event_plan.event_new, name="event_new"),
    path("repair/events/<uuid:pk>/", event.event, name="event"),
    path("repair/events/<uuid:pk>/event.ics", events.event_calendar, name="event_calendar"),
    path("repair/events/<uuid:pk>/edit/", event_plan.event_edit, name="event_edit"),
    path("repair/events/<uuid:pk>/move/", event.event_move, name="event_move"),
    path("repair/events/<uuid:pk>/sign-up/<int:slot>/", event_sign_ups.sign_up, name="sign_up"),
    path("repair/events/sign-ups/<uuid:pk>/", event_sign_ups.sign_up_page, name="sign_up_page"),
    path(
        "repair/events/sign-ups/<uuid:pk>/move/", event_sign_ups.sign_up_move, name="sign_up_move"
    ),
    path(
        "repair/events/sign-ups/<uuid:pk>/cancel/",
        event_sign_ups.sign_up_cancel,
        name="sign_up_cancel",
    ),
    path("repair/events/<uuid:pk>/help/", volunteers.volunteer, name="volunteer"),
    path("repair/events/<uuid:pk>/volunteers/", volunteers.volunteers, name="volunteers"),
    path(
        "repair/events/<uuid:pk>/volunteers/invite/",
        volunteers.volunteer_invite,
        name="volunteer_invite",
    ),
    path("repair/events/volunteers/<int:pk>/", volunteers.volunteer_move, name="volunteer_move"),
    path("repair/events/<uuid:pk>/intake/", intake.intake, name="intake"),
    path("repair/events/<uuid:pk>/check-in/", intake.check_in, name="check_in"),
    path("repair/events/<uuid:pk>/numbers/<int:number>/", intake.number, name="number"),
    path("repair/events/<uuid:pk>/queue/", intake.queue, name="event_queue"),
    path("repair/events/<uuid:pk>/take-next/", intake.take_next, name="take_next"),
    path("repair/events/things/<uuid:pk>/take/", intake.take, name="take"),
    path("repair/events/things/<uuid:pk>/result/", intake.result, name="result"),
]
