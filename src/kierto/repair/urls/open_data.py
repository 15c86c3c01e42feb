"""Addresses of open repair data: statistics, barriers, and the data sets behind them."""

from __future__ import annotations

from django.urls import URLPattern, path

from kierto.repair.views import open_data

paths: list[URLPattern] = [
    path("repair/statistics/", open_data.statistics_page, name="statistics"),
    path("repair/statistics.csv", open_data.statistics_csv, name="statistics_csv"),
    path("repair/statistics.json", open_data.statistics_json, name="statistics_json"),
    path("repair/barriers/", open_data.barriers_page, name="barriers"),
    path("repair/barriers.csv", open_data.barriers_csv, name="barriers_csv"),
    path("repair/barriers.json", open_data.barriers_json, name="barriers_json"),
    path("repair/data/", open_data.data_sets, name="data_sets"),
    path("repair/data/import/", open_data.data_import, name="data_import"),
    path("repair/data/own.csv", open_data.own_csv, name="own_csv"),
    path("repair/data/<uuid:pk>/", open_data.data_set, name="data_set"),
    path("repair/data/<uuid:pk>/rows.csv", open_data.data_set_csv, name="data_set_csv"),
    path("repair/data/<uuid:pk>/odd.csv", open_data.data_set_odd_csv, name="data_set_odd_csv"),
    path("repair/data/<uuid:pk>/remove/", open_data.data_set_remove, name="data_set_remove"),
]
