from __future__ import annotations

from django.urls import path

from kierto.planning import views

app_name = "planning"

urlpatterns = [
    path("plans/", views.runs, name="runs"),
    path("plans/new/", views.new_run, name="new_run"),
    path("plans/sites/", views.sites, name="sites"),
    path("plans/sites/new/", views.new_site, name="new_site"),
    path("plans/sites/<uuid:site_id>/", views.edit_site, name="edit_site"),
    path("plans/sites/<uuid:site_id>/remove/", views.take_back_site, name="remove_site"),
    path("plans/<uuid:run_id>/", views.run, name="run"),
    path("plans/<uuid:run_id>/participants/", views.participants, name="participants"),
    path("plans/<uuid:run_id>/compare/", views.compare_runs, name="compare"),
    path("plans/<uuid:run_id>/split/", views.fair_split, name="split"),
    path("plans/<uuid:run_id>/split.csv", views.split_csv, name="split_csv"),
    path("plans/<uuid:run_id>/finish/", views.finish, name="finish"),
    path("plans/<uuid:run_id>/cancel/", views.cancel, name="cancel"),
    path("plans/<uuid:run_id>/propose/", views.propose, name="propose"),
    path("plans/<uuid:run_id>/plan.json", views.plan_json, name="plan_json"),
    path("plans/<uuid:run_id>/flows.csv", views.flows_csv, name="flows_csv"),
    path("plans/<uuid:run_id>/sweep.csv", views.sweep_csv, name="sweep_csv"),
]
