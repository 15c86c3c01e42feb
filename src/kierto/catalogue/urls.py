from __future__ import annotations

from django.urls import path
from django.urls.resolvers import URLPattern

from kierto.catalogue.views import displacements, factors, imports, kinds, recipes

app_name = "catalogue"

urlpatterns: list[URLPattern] = [
    path("catalogue/", kinds.kinds, name="kinds"),
    path("catalogue/kinds.csv", kinds.kinds_csv, name="kinds_csv"),
    path("catalogue/kinds/<slug:code>/", kinds.kind, name="kind"),
    path("catalogue/recipes/", recipes.recipes, name="recipes"),
    path("catalogue/recipes.csv", recipes.recipes_csv, name="recipes_csv"),
    path("catalogue/recipes/<slug:code>/", recipes.recipe, name="recipe"),
    path("catalogue/factors/", factors.factors, name="factors"),
    path("catalogue/factors.csv", factors.factors_csv, name="factors_csv"),
    path("catalogue/factors/<slug:code>/", factors.factor, name="factor"),
    path("catalogue/displacements/", displacements.displacements, name="displacements"),
    path("catalogue/displacements.csv", displacements.displacements_csv, name="displacements_csv"),
    path("catalogue/displacements/<slug:code>/", displacements.displacement, name="displacement"),
    path("catalogue/import/", imports.import_file, name="import"),
]
