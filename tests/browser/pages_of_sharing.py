"""Pages of what is lent and booked; see :mod:`tests.browser.test_every_page`."""

from __future__ import annotations

VISITOR, RESIDENT, LIBRARIAN = "visitor", "resident", "librarian"
CHOIR, BIKES, OPERATOR = "choir", "bicycle works", "operator"
LIBRARY = "/sharing/collections/kilo-tool-library/"
DESK = "/sharing/desk/kilo-tool-library/"
THING = (LIBRARIAN, f"{LIBRARY}things/", "sharing:thing_edit")

PAGES: dict[str, tuple[str, ...]] = {
    "sharing:things": (VISITOR, "/sharing/"),
    "sharing:things map": (VISITOR, "/sharing/?view=map"),
    "sharing:things nothing": (VISITOR, "/sharing/?q=xqzzyvw"),
    "sharing:thing": (VISITOR, "/sharing/", "sharing:thing"),
    "sharing:thing kit": (VISITOR, "/sharing/?sort=kit", "sharing:thing"),
    "sharing:thing space": (VISITOR, "/sharing/?sort=space", "sharing:thing"),
    "sharing:thing_history": (*THING, "sharing:thing_history"),
    "sharing:collections": (VISITOR, "/sharing/collections/"),
    "sharing:collection": (VISITOR, LIBRARY),
    "sharing:loans": (RESIDENT, "/sharing/loans/"),
    "sharing:feeds": (RESIDENT, "/sharing/feeds/"),
    "sharing:booking": (RESIDENT, "/sharing/loans/", "sharing:booking"),
    "sharing:agreement": (RESIDENT, "/sharing/loans/", "sharing:booking", "sharing:agreement"),
    "sharing:series": (CHOIR, "/sharing/loans/", "sharing:booking", "sharing:series"),
    "sharing:collection_new": (RESIDENT, "/sharing/collections/new/"),
    "sharing:collection_settings": (LIBRARIAN, f"{LIBRARY}settings/"),
    "sharing:terms": (LIBRARIAN, f"{LIBRARY}terms/"),
    "sharing:terms_new": (LIBRARIAN, f"{LIBRARY}terms/new/"),
    "sharing:terms_edit": (LIBRARIAN, f"{LIBRARY}terms/", "sharing:terms_edit"),
    "sharing:plans": (LIBRARIAN, f"{LIBRARY}plans/"),
    "sharing:plan": (LIBRARIAN, f"{LIBRARY}plans/", "sharing:plan"),
    "sharing:members": (LIBRARIAN, f"{LIBRARY}members/"),
    "sharing:member_new": (LIBRARIAN, f"{LIBRARY}members/new/"),
    "sharing:member": (LIBRARIAN, f"{LIBRARY}members/", "sharing:member"),
    "sharing:desk_choice": (OPERATOR, "/sharing/desk/"),
    "sharing:desk": (LIBRARIAN, DESK),
    "sharing:desk_list": (LIBRARIAN, f"{DESK}list/overdue/"),
    "sharing:desk_day": (LIBRARIAN, f"{DESK}day/"),
    "sharing:desk_newcomer": (LIBRARIAN, f"{DESK}new/"),
    "sharing:desk_borrower": (LIBRARIAN, f"{DESK}list/overdue/", "sharing:desk_borrower"),
    "sharing:desk_loan": (LIBRARIAN, f"{DESK}list/overdue/", "sharing:desk_loan"),
    "sharing:keep": (LIBRARIAN, f"{LIBRARY}things/"),
    "sharing:thing_add": (LIBRARIAN, f"{LIBRARY}things/add/"),
    "sharing:things_import": (LIBRARIAN, f"{LIBRARY}things/import/"),
    "sharing:idle": (LIBRARIAN, f"{LIBRARY}idle/"),
    "sharing:labels": (LIBRARIAN, f"{LIBRARY}labels/"),
    "sharing:thing_edit": THING,
    "sharing:thing_facts": (*THING, "sharing:thing_facts"),
    "sharing:thing_parts": (*THING, "sharing:thing_parts"),
    "sharing:maintenance_of": (*THING, "sharing:maintenance_of"),
    "sharing:maintenance_due": (BIKES, "/sharing/collections/kera-cargo-bikes/maintenance/"),
    "sharing:maintenance_plan": (*THING, "sharing:maintenance_of", "sharing:maintenance_plan"),
    "sharing:maintenance": (
        BIKES, "/sharing/collections/kera-cargo-bikes/maintenance/", "sharing:maintenance"
    ),
}  # fmt: skip

FILES = {
    "sharing:photo", "sharing:condition_photo", "sharing:manual", "sharing:feed", "sharing:labels_pdf",
}  # fmt: skip
DEEDS = {
    "sharing:loan_renew", "sharing:waiting_leave", "sharing:waiting_take", "sharing:booking_move",
    "sharing:booking_change", "sharing:booking_answer", "sharing:series_cancel",
    "sharing:feed_add", "sharing:feed_renew", "sharing:feed_close", "sharing:join",
    "sharing:collection_move", "sharing:terms_general", "sharing:terms_remove",
    "sharing:group_add", "sharing:group_rename", "sharing:member_renew", "sharing:member_agree",
    "sharing:member_block", "sharing:member_unblock", "sharing:member_groups",
    "sharing:desk_scan", "sharing:desk_member", "sharing:desk_charge", "sharing:desk_settle",
    "sharing:desk_lend", "sharing:desk_sell", "sharing:desk_hand_out", "sharing:desk_decide",
    "sharing:desk_take_back", "sharing:desk_renew", "sharing:desk_lost",
    "sharing:desk_out_of_use", "sharing:desk_answer", "sharing:thing_move", "sharing:thing_more",
    "sharing:thing_fewer", "sharing:thing_relocate", "sharing:thing_photo_add",
    "sharing:thing_file_add", "sharing:thing_photo_remove", "sharing:thing_file_remove",
    "sharing:maintenance_plan_add", "sharing:maintenance_schedule",
    "sharing:maintenance_take_out", "sharing:maintenance_move", "sharing:maintenance_reschedule",
}  # fmt: skip
LEADS_ON = {"sharing:by_code", "sharing:book"}
IN_JOURNEYS = {"sharing:desk_thing", "sharing:desk_booking"}
STAGES = {
    "sharing:things map", "sharing:things nothing", "sharing:desk_list", "sharing:desk_day",
    "sharing:desk_newcomer", "sharing:thing_edit", "sharing:thing_facts", "sharing:maintenance_of",
}  # fmt: skip
