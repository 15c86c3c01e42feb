"""Pages of what is repaired; see :mod:`tests.browser.test_every_page`."""

from __future__ import annotations

VISITOR, RESIDENT, CAFE, OPERATOR = "visitor", "resident", "repair café", "operator"
WORKSHOP = "/repair/workshops/repair-cafe-kera/"

PAGES: dict[str, tuple[str, ...]] = {
    "repair:home": (VISITOR, "/repair/"),
    "repair:workshop": (VISITOR, WORKSHOP),
    "repair:events": (VISITOR, "/repair/events/"),
    "repair:event": (VISITOR, "/repair/events/", "repair:event"),
    "repair:event_queue": (CAFE, "/repair/events/", "repair:event", "repair:event_queue"),
    "repair:statistics": (VISITOR, "/repair/statistics/"),
    "repair:barriers": (VISITOR, "/repair/barriers/"),
    "repair:data_sets": (VISITOR, "/repair/data/"),
    "repair:data_import": (OPERATOR, "/repair/data/import/"),
    "repair:ask": (RESIDENT, f"{WORKSHOP}ask/"),
    "repair:tickets": (RESIDENT, "/repair/tickets/"),
    "repair:ticket": (RESIDENT, "/repair/tickets/", "repair:ticket"),
    "repair:ticket_edit": (RESIDENT, "/repair/tickets/", "repair:ticket", "repair:ticket_edit"),
    "repair:sign_up": (RESIDENT, "/repair/events/", "repair:event", "repair:sign_up"),
    "repair:sign_up_page": (RESIDENT, "/repair/events/", "repair:event", "repair:sign_up_page"),
    "repair:volunteer": (RESIDENT, "/repair/events/", "repair:event", "repair:volunteer"),
    "repair:workshop_new": (RESIDENT, "/repair/workshops/new/"),
    "repair:workshop_edit": (CAFE, f"{WORKSHOP}edit/"),
    "repair:queue": (CAFE, f"{WORKSHOP}queue/"),
    "repair:repairer_edit": (CAFE, WORKSHOP, "repair:repairer_edit"),
    "repair:event_new": (CAFE, "/repair/events/new/"),
    "repair:event_edit": (CAFE, "/repair/events/", "repair:event", "repair:event_edit"),
    "repair:volunteers": (CAFE, "/repair/events/", "repair:event", "repair:volunteers"),
    "repair:intake": (CAFE, "/repair/events/", "repair:event", "repair:intake"),
}  # fmt: skip

FILES = {
    "repair:photo", "repair:events_calendar", "repair:event_calendar", "repair:statistics_csv",
    "repair:statistics_json", "repair:barriers_csv", "repair:barriers_json", "repair:own_csv",
    "repair:data_set_csv", "repair:data_set_odd_csv",
}  # fmt: skip
DEEDS = {
    "repair:price_add", "repair:price_drop", "repair:repairer_add", "repair:repairer_stop",
    "repair:ticket_move", "repair:ticket_decline", "repair:ticket_answer",
    "repair:ticket_estimate", "repair:ticket_assign", "repair:ticket_mine", "repair:ticket_work",
    "repair:work_undo", "repair:ticket_part", "repair:part_step", "repair:ticket_finish",
    "repair:ticket_pay", "repair:ticket_back", "repair:ticket_photo", "repair:photo_change",
    "repair:event_move", "repair:sign_up_move", "repair:sign_up_cancel",
    "repair:volunteer_invite", "repair:volunteer_move", "repair:check_in", "repair:take_next",
    "repair:take", "repair:data_set_remove",
}  # fmt: skip
IN_JOURNEYS = {"repair:number", "repair:result"}
WITH_DATA_OF_OTHERS = {"repair:data_set"}
STAGES = {"repair:event_edit"}
