from __future__ import annotations

from django.urls import URLPattern, path

from kierto.sharing.views import history, idle, importing, keeping, labels, maintenance

COLLECTION = "sharing/collections/<slug:slug>/"
THING = "sharing/things/<str:code>/"

paths: list[URLPattern] = [
    path("t/<str:code>/", labels.by_code, name="by_code"),
    path(f"{COLLECTION}things/", keeping.keep, name="keep"),
    path(f"{COLLECTION}things/add/", keeping.add, name="thing_add"),
    path(f"{COLLECTION}things/import/", importing.things_import, name="things_import"),
    path(f"{COLLECTION}idle/", idle.idle, name="idle"),
    path(f"{COLLECTION}labels/", labels.labels, name="labels"),
    path(f"{COLLECTION}labels.pdf", labels.labels_pdf, name="labels_pdf"),
    path(f"{COLLECTION}maintenance/", maintenance.due, name="maintenance_due"),
    path(f"{THING}edit/", keeping.edit, name="thing_edit"),
    path(f"{THING}history/", history.history, name="thing_history"),
    path(f"{THING}facts/", keeping.facts, name="thing_facts"),
    path(f"{THING}parts/", keeping.parts, name="thing_parts"),
    path(f"{THING}move/", keeping.move, name="thing_move"),
    path(f"{THING}more/", keeping.more, name="thing_more"),
    path(f"{THING}fewer/", keeping.fewer, name="thing_fewer"),
    path(f"{THING}relocate/", keeping.relocate, name="thing_relocate"),
    path(f"{THING}photos/", keeping.photo_add, name="thing_photo_add"),
    path(f"{THING}files/", keeping.file_add, name="thing_file_add"),
    path("sharing/photos/<int:pk>/remove/", keeping.photo_remove, name="thing_photo_remove"),
    path("sharing/files/<int:pk>/remove/", keeping.file_remove, name="thing_file_remove"),
    path(f"{THING}maintenance/", maintenance.of_thing, name="maintenance_of"),
    path(f"{THING}maintenance/plans/", maintenance.plan_add, name="maintenance_plan_add"),
    path(f"{THING}maintenance/times/", maintenance.schedule, name="maintenance_schedule"),
    path(f"{THING}maintenance/now/", maintenance.take_out, name="maintenance_take_out"),
    path("sharing/maintenance/plans/<int:pk>/", maintenance.plan, name="maintenance_plan"),
    path("sharing/maintenance/<uuid:pk>/", maintenance.one, name="maintenance"),
    path("sharing/maintenance/<uuid:pk>/move/", maintenance.move, name="maintenance_move"),
    path(
        "sharing/maintenance/<uuid:pk>/time/", maintenance.reschedule, name="maintenance_reschedule"
    ),
]
