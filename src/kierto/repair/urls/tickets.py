from __future__ import annotations

from django.urls import URLPattern, path

from kierto.repair.views import bench, queue, tickets, workshops

paths: list[URLPattern] = [
    path("repair/", workshops.home, name="home"),
    path("repair/workshops/new/", workshops.workshop_new, name="workshop_new"),
    path("repair/workshops/<slug:slug>/", workshops.workshop, name="workshop"),
    path("repair/workshops/<slug:slug>/edit/", workshops.workshop_edit, name="workshop_edit"),
    path("repair/workshops/<slug:slug>/ask/", tickets.ask, name="ask"),
    path("repair/workshops/<slug:slug>/queue/", queue.queue, name="queue"),
    path("repair/workshops/<slug:slug>/prices/", workshops.price_add, name="price_add"),
    path("repair/prices/<int:pk>/drop/", workshops.price_drop, name="price_drop"),
    path("repair/workshops/<slug:slug>/repairers/", workshops.repairer_add, name="repairer_add"),
    path("repair/repairers/<int:pk>/edit/", workshops.repairer_edit, name="repairer_edit"),
    path("repair/repairers/<int:pk>/stop/", workshops.repairer_stop, name="repairer_stop"),
    path("repair/tickets/", tickets.mine, name="tickets"),
    path("repair/tickets/<uuid:pk>/", tickets.ticket, name="ticket"),
    path("repair/tickets/<uuid:pk>/edit/", tickets.edit, name="ticket_edit"),
    path("repair/tickets/<uuid:pk>/move/", tickets.move, name="ticket_move"),
    path("repair/tickets/<uuid:pk>/decline/", tickets.decline, name="ticket_decline"),
    path("repair/tickets/<uuid:pk>/answer/", tickets.answer, name="ticket_answer"),
    path("repair/tickets/<uuid:pk>/estimate/", bench.estimate, name="ticket_estimate"),
    path("repair/tickets/<uuid:pk>/assign/", bench.assign, name="ticket_assign"),
    path("repair/tickets/<uuid:pk>/mine/", queue.assign_to_me, name="ticket_mine"),
    path("repair/tickets/<uuid:pk>/hours/", bench.work, name="ticket_work"),
    path("repair/hours/<int:pk>/undo/", bench.work_undo, name="work_undo"),
    path("repair/tickets/<uuid:pk>/part/", bench.part, name="ticket_part"),
    path("repair/parts/<int:pk>/", bench.part_step, name="part_step"),
    path("repair/tickets/<uuid:pk>/finish/", bench.finish, name="ticket_finish"),
    path("repair/tickets/<uuid:pk>/pay/", bench.pay, name="ticket_pay"),
    path("repair/tickets/<uuid:pk>/back/", bench.give_back, name="ticket_back"),
    path("repair/tickets/<uuid:pk>/photo/", bench.photo_add, name="ticket_photo"),
    path("repair/photos/<int:pk>/", bench.photo, name="photo"),
    path("repair/photos/<int:pk>/change/", bench.photo_change, name="photo_change"),
]
