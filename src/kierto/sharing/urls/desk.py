"""The desk of a collection; everything here is for its staff."""

from __future__ import annotations

from django.urls import URLPattern, path

from kierto.sharing.views.desk import borrowers, lending, returning, start, till

DESK = "sharing/desk/<slug:slug>/"

paths: list[URLPattern] = [
    path("sharing/desk/", start.choice, name="desk_choice"),
    path(DESK, start.desk, name="desk"),
    path(f"{DESK}scan/", start.scan, name="desk_scan"),
    path(f"{DESK}list/<slug:which>/", start.one_list, name="desk_list"),
    path(f"{DESK}day/", start.day_list, name="desk_day"),
    path(f"{DESK}new/", borrowers.newcomer, name="desk_newcomer"),
    path(f"{DESK}to/<uuid:pk>/", borrowers.borrower, name="desk_borrower"),
    path(f"{DESK}to/<uuid:pk>/member/", borrowers.member_step, name="desk_member"),
    path(f"{DESK}to/<uuid:pk>/charge/", till.charge_them, name="desk_charge"),
    path(f"{DESK}money/<uuid:pk>/", till.settle, name="desk_settle"),
    path(f"{DESK}thing/<str:code>/", lending.thing, name="desk_thing"),
    path(f"{DESK}thing/<str:code>/lend/", lending.lend, name="desk_lend"),
    path(f"{DESK}thing/<str:code>/sell/", lending.sell_it, name="desk_sell"),
    path(f"{DESK}booking/<str:code>/", lending.booking, name="desk_booking"),
    path(f"{DESK}booking/<str:code>/out/", lending.hand_out_booking, name="desk_hand_out"),
    path(f"{DESK}booking/<str:code>/decide/", start.decide, name="desk_decide"),
    path(f"{DESK}loan/<uuid:pk>/", returning.loan, name="desk_loan"),
    path(f"{DESK}loan/<uuid:pk>/back/", returning.back, name="desk_take_back"),
    path(f"{DESK}loan/<uuid:pk>/renew/", returning.longer, name="desk_renew"),
    path(f"{DESK}loan/<uuid:pk>/lost/", returning.lost, name="desk_lost"),
    path(f"{DESK}loan/<uuid:pk>/out-of-use/", returning.out_of_use, name="desk_out_of_use"),
    path(f"{DESK}loan/<uuid:pk>/answer/", returning.say, name="desk_answer"),
]
