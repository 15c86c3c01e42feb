from __future__ import annotations

from django.urls import path

from kierto.planning import views

app_name = "planning"

urlpatterns = [
    path("plans/", views.runs, name="runs"),
    path("plans/new/", views.new_run, name="new_run"),
    path("plans/<uuid:run_id>/", views.run, name="run"),
    path("plans/<uuid:run_id>/participants/", views.participants, name="participants"),
    path("plans/<uuid:run_id>/compare/", views.compare_runs, name="compare"),
    path("plans/<uuid:run_id>/cancel/", views.cancel, name="cancel"),
    path("plans/<uuid:run_id>/propose/", views.propose, name="propose"),
    path("plans/<uuid:run_id>/plan.json", views.plan_json, name="plan_json"),
    path("plans/<uuid:run_id>/flows.csv", views.flows_csv, name="flows_csv"),
    path("plans/<uuid:run_id>/sweep.csv", views.sweep_csv, name="sweep_csv"),
]
