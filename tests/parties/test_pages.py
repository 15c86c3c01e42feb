"""Every page of people and organisations, for every role; and what forms do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.parties import actions, urls
from kierto.parties.models import (
    Agent,
    Appointment,
    Consent,
    District,
    Invitation,
    Membership,
    Organization,
    Person,
    Place,
)
from kierto.parties.queries import system_agent
from tests.factories.parties import (
    ROLES,
    make_district,
    make_organization,
    make_person,
    make_place,
    square,
)
from tests.parties.conftest import World

pytestmark = pytest.mark.django_db

SignIn = Callable[[Agent | None], Client]

EVERYBODY = [200, 200, 200, 200, 200, 200]
SIGNED_IN = [302, 200, 200, 200, 200, 200]
NODE_ADMIN = [302, 403, 403, 403, 403, 200]
ORGANIZATION_ADMIN = [302, 403, 403, 200, 403, 200]
MEMBER = [302, 403, 200, 200, 403, 200]
STRANGER = [302, 403, 403, 403, 403, 200]

PAGES = {
    "me": (lambda w: [], SIGNED_IN),
    "download": (lambda w: [], SIGNED_IN),
    "erase": (lambda w: [], SIGNED_IN),
    "my_place_new": (lambda w: [], SIGNED_IN),
    "passkeys": (lambda w: [], [302] * 6),
    "organizations": (lambda w: [], EVERYBODY),
    "organization": (lambda w: [w.organization.slug], EVERYBODY),
    "organization_new": (lambda w: [], SIGNED_IN),
    "organizations_import": (lambda w: [], [302, 403, 403, 403, 200, 200]),
    "organization_edit": (lambda w: [w.organization.slug], ORGANIZATION_ADMIN),
    "members": (lambda w: [w.organization.slug], MEMBER),
    "organization_place_new": (lambda w: [w.organization.slug], MEMBER),
    "place_edit": (lambda w: [w.place.pk], MEMBER),
    "districts": (lambda w: [], EVERYBODY),
    "district": (lambda w: [w.district.slug], EVERYBODY),
    "district_new": (lambda w: [], NODE_ADMIN),
    "district_edit": (lambda w: [w.district.slug], [302, 403, 403, 403, 200, 200]),
    "roles": (lambda w: [], NODE_ADMIN),
}
"""What a GET answers: visitor, resident, member, organisation admin, operator, node admin."""

DEEDS = {
    "consent": (lambda w: [], {"purpose": "research", "agree": "yes"}, [302] * 6),
    "answer_invitation": (
        lambda w: [w.invitation.pk],
        {"answer": "accept"},
        [302, 404, 404, 404, 404, 404],
    ),
    "member_role": (
        lambda w: [w.organization.slug, w.member.pk],
        {"role": "admin"},
        [302, 403, 403, 302, 403, 302],
    ),
    "member_remove": (
        lambda w: [w.organization.slug, w.member.pk],
        {},
        [302, 403, 403, 302, 403, 302],
    ),
    "invitation_withdraw": (
        lambda w: [w.organization.slug, w.invitation.pk],
        {},
        [302, 403, 403, 302, 403, 302],
    ),
    "place_remove": (lambda w: [w.place.pk], {}, [302, 403, 302, 302, 403, 302]),
    "dismiss": (lambda w: [w.appointment.pk], {}, [302, 403, 403, 403, 403, 302]),
}
"""What a POST answers, in the same order; the visitor is sent to the sign-in page."""

OTHERS = {
    "organization_edit": (lambda w: [w.other.slug], STRANGER),
    "members": (lambda w: [w.other.slug], STRANGER),
    "organization_place_new": (lambda w: [w.other.slug], STRANGER),
    "place_edit": (lambda w: [w.others_place.pk], STRANGER),
    "district_edit": (lambda w: [w.other_district.slug], NODE_ADMIN),
}
"""Objects of somebody else, by their id. Each page answers as if the reader had no role at all."""


@pytest.mark.parametrize("page", [*PAGES])
def test_every_page_opens_for_exactly_these_roles(world: World, sign_in: SignIn, page: str):
    arguments, expected = PAGES[page]
    address = reverse(f"parties:{page}", args=arguments(world))
    answers = [sign_in(world.agents[role]).get(address).status_code for role in ROLES]
    assert answers == expected


@pytest.mark.parametrize("deed", [*DEEDS])
@pytest.mark.parametrize("role", ROLES)
def test_every_deed_is_done_for_exactly_these_roles(
    world: World, sign_in: SignIn, deed: str, role: str
):
    arguments, data, expected = DEEDS[deed]
    address = reverse(f"parties:{deed}", args=arguments(world))
    answer = sign_in(world.agents[role]).post(address, data)
    assert answer.status_code == expected[ROLES.index(role)]
    if role == "visitor":
        assert answer.url == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("page", [*OTHERS])
def test_what_belongs_to_others_stays_closed(world: World, sign_in: SignIn, page: str):
    arguments, expected = OTHERS[page]
    address = reverse(f"parties:{page}", args=arguments(world))
    answers = [sign_in(world.agents[role]).get(address).status_code for role in ROLES]
    assert answers == expected


def test_every_address_of_the_app_stands_in_the_tables():
    names = {pattern.name for pattern in urls.urlpatterns}
    assert names == set(PAGES) | set(DEEDS)


@pytest.mark.parametrize("deed", [*DEEDS])
def test_deeds_are_not_done_by_following_a_link(world: World, sign_in: SignIn, deed: str):
    arguments, _data, _expected = DEEDS[deed]
    client = sign_in(world.agents["node_admin"])
    address = reverse(f"parties:{deed}", args=arguments(world))
    assert client.get(address).status_code == 405


def test_looking_never_writes(world: World, sign_in: SignIn):
    clients = [sign_in(agent) for agent in world.agents.values()]
    for page, (arguments, _expected) in PAGES.items():
        address = reverse(f"parties:{page}", args=arguments(world))
        for client in clients:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(address)
            written = [
                query["sql"]
                for query in queries
                if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
                and "django_session" not in query["sql"]
            ]
            assert written == [], page


def test_a_persons_home_is_not_even_there_for_others(world: World, sign_in: SignIn):
    address = reverse("parties:place_edit", args=[world.home.pk])
    answers = [sign_in(world.agents[role]).get(address).status_code for role in ROLES]
    assert answers == [302, 404, 404, 404, 404, 200]
    assert sign_in(world.outsider.agent).get(address).status_code == 200
    operator = world.appointment.person.agent
    assert sign_in(operator).get(address).status_code == 403


def test_members_of_another_organization_cannot_be_reached_through_ones_own(
    world: World, sign_in: SignIn
):
    client = sign_in(world.agents["organization_admin"])
    for deed in ("member_role", "member_remove"):
        address = reverse(f"parties:{deed}", args=[world.organization.slug, world.outsider.pk])
        assert client.post(address, {"role": "admin"}).status_code == 404
    foreign = actions.invite(world.other, email="x@example.org", by=system_agent())
    address = reverse("parties:invitation_withdraw", args=[world.organization.slug, foreign.pk])
    assert client.post(address).status_code == 404
    assert Invitation.objects.filter(pk=foreign.pk).exists()


def test_addresses_that_lead_nowhere_answer_404(world: World, sign_in: SignIn):
    client = sign_in(world.agents["node_admin"])
    nothing = "00000000-0000-4000-8000-000000000000"
    for address in (
        "/organizations/nobody/",
        "/organizations/nobody/edit/",
        "/districts/nowhere/",
        f"/places/{nothing}/edit/",
        f"/organizations/{world.organization.slug}/members/{nothing}/remove/",
        "/administration/roles/999999/dismiss/",
    ):
        is_deed = address.endswith(("remove/", "dismiss/"))
        answer = client.post(address) if is_deed else client.get(address)
        assert answer.status_code == 404, address


# --------------------------------------------------------------------- forms


def test_a_profile_is_saved_and_the_page_goes_on_in_its_language(world: World, sign_in: SignIn):
    agent = world.agents["resident"]
    client = sign_in(agent)
    profile = {"name": "Aino", "phone": "", "language": "fi", "home_district": world.district.pk}
    answer = client.post(reverse("parties:me"), profile)
    assert (answer.status_code, answer.cookies["django_language"].value) == (302, "fi")
    person = Person.objects.get(pk=agent.pk)
    assert (person.name, person.language, person.notify_by_email) == ("Aino", "fi", False)
    assert person.home_district == world.district


def test_the_language_form_of_the_page_is_remembered_for_a_person(world: World, sign_in: SignIn):
    agent = world.agents["resident"]
    sign_in(agent).post("/language/", {"language": "it", "next": "/"})
    sign_in(None).post("/language/", {"language": "es", "next": "/"})
    assert Person.objects.get(pk=agent.pk).language == "it"


def test_consents_are_given_and_withdrawn_on_my_page(world: World, sign_in: SignIn):
    client = sign_in(world.agents["resident"])
    for agree, held in (("yes", 1), ("yes", 1), ("no", 0)):
        client.post(reverse("parties:consent"), {"purpose": "research", "agree": agree})
        assert Consent.objects.filter(withdrawn_at=None).count() == held
    terms = client.post(reverse("parties:consent"), {"purpose": "terms", "agree": "no"})
    assert terms.url == reverse("parties:erase")
    assert client.post(reverse("parties:consent"), {"purpose": "soul"}).status_code == 400


def test_my_data_comes_as_a_file_that_nobody_else_may_keep(world: World, sign_in: SignIn):
    agent = world.agents["resident"]
    answer = sign_in(agent).get(reverse("parties:download"))
    assert json.loads(answer.content)["agent"] == str(agent.pk)
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer["Cache-Control"] == "private, no-store"


def test_erasing_asks_first_and_then_signs_out(world: World, sign_in: SignIn):
    agent = world.agents["resident"]
    client = sign_in(agent)
    assert client.post(reverse("parties:erase")).status_code == 200
    assert Person.objects.get(pk=agent.pk).erased_at is None
    answer = client.post(reverse("parties:erase"), {"understood": "on"})
    assert answer.status_code == 302
    assert Person.objects.get(pk=agent.pk).erased_at is not None
    assert client.get(reverse("parties:me")).status_code == 302


def test_a_resident_adds_an_organization(world: World, sign_in: SignIn):
    agent = world.agents["resident"]
    form = {"name": "Uusi Oy", "helix": "company", "is_partner": "on"}
    answer = sign_in(agent).post(reverse("parties:organization_new"), form)
    assert answer.url == "/organizations/uusi-oy/"
    assert not Organization.objects.get(slug="uusi-oy").is_partner
    assert Membership.objects.get(person_id=agent.pk).role == "admin"


def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(world: World, sign_in: SignIn):
    client = sign_in(world.agents["organization_admin"])
    address = reverse("parties:organization_place_new", args=[world.organization.slug])
    typed = {"name": "Dock", "country": "F1", "latitude": "60,2", "longitude": "24,7"}
    answer = client.post(address, typed)
    form = answer.context["form"]
    assert form.errors == {
        "country": ["“F1” is not a country code. Write two letters, such as FI or IT."]
    }
    assert form["latitude"].value() == "60,2"
    answer = client.post(address, {**typed, "country": "fi"})
    assert answer.status_code == 302
    dock = Place.objects.get(name="Dock")
    assert (dock.latitude, dock.country) == (60.2, "FI")


@pytest.mark.parametrize("degrees", [{}, {"latitude": "60"}, {"latitude": "x", "longitude": "1"}])
def test_a_place_needs_a_point(world: World, sign_in: SignIn, degrees: dict[str, str]):
    client = sign_in(world.agents["resident"])
    answer = client.post(reverse("parties:my_place_new"), {"name": "Home", **degrees})
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_a_place_can_take_the_point_of_a_known_one(world: World, sign_in: SignIn):
    client = sign_in(world.agents["resident"])
    form = {"name": "Upstairs", "same_as": world.place.pk}
    assert client.post(reverse("parties:my_place_new"), form).status_code == 302
    assert Place.objects.get(name="Upstairs").point == world.place.point
    form = {"name": "Spying", "same_as": world.home.pk}
    assert client.post(reverse("parties:my_place_new"), form).status_code == 200


def test_a_guest_is_invited_and_joins(world: World, sign_in: SignIn):
    members = reverse("parties:members", args=[world.organization.slug])
    admin = sign_in(world.agents["organization_admin"])
    guest = make_person(email="new@example.org")
    for status in (302, 200):
        answer = admin.post(members, {"email": "new@example.org", "role": "member"})
        assert answer.status_code == status
    assert answer.context["form"].errors["email"]
    invitation = Invitation.objects.get(email="new@example.org")
    client = sign_in(guest.agent)
    assert [one.pk for one in client.get("/me/").context["invitations"]] == [invitation.pk]
    address = reverse("parties:answer_invitation", args=[invitation.pk])
    assert client.post(address, {"answer": "accept"}).url == "/organizations/puu/"
    assert Membership.objects.filter(person=guest).exists()
    assert client.post(address, {"answer": "accept"}).status_code == 404


def test_members_cannot_invite(world: World, sign_in: SignIn):
    members = reverse("parties:members", args=[world.organization.slug])
    answer = sign_in(world.agents["member"]).post(
        members, {"email": "new@example.org", "role": "admin"}
    )
    assert answer.status_code == 403
    assert not Invitation.objects.filter(email="new@example.org").exists()


def test_the_last_administrator_reads_why_they_cannot_leave(world: World, sign_in: SignIn):
    agent = world.agents["organization_admin"]
    address = reverse("parties:member_remove", args=[world.organization.slug, agent.pk])
    client = sign_in(agent)
    assert client.post(address).status_code == 409
    problem = client.post(address, headers={"accept": "application/json"}).json()
    assert problem["detail"] == (
        "Puu would have no administrator left. Make somebody else one first."
    )


def test_a_node_admin_appoints_an_operator(world: World, sign_in: SignIn):
    client = sign_in(world.agents["node_admin"])
    roles = reverse("parties:roles")
    person = make_person(email="operator@example.org")
    unknown = client.post(roles, {"email": "nobody@example.org", "role": "node_admin"})
    assert list(unknown.context["form"].errors) == ["email"]
    no_district = client.post(roles, {"email": "operator@example.org", "role": "operator"})
    assert list(no_district.context["form"].errors) == ["district"]
    form = {"email": "operator@example.org", "role": "operator", "district": world.district.pk}
    assert client.post(roles, form).status_code == 302
    assert Appointment.objects.filter(person=person, district=world.district).exists()


def test_a_node_admin_adds_a_district_from_a_file(world: World, sign_in: SignIn):
    client = sign_in(world.agents["node_admin"])
    form = {
        "name": "Hiedanranta",
        "city": "Tampere",
        "country": "fi",
        "timezone": "Europe/Helsinki",
        "road_factor": "1,3",
        "carbon_price": "80",
    }
    upload = SimpleUploadedFile("area.geojson", json.dumps(square(61.5, 23.7)).encode())
    answer = client.post(reverse("parties:district_new"), {**form, "area_file": upload})
    assert answer.url == "/districts/hiedanranta/"
    for area in ("", "{", "[" * 5000, json.dumps({"type": "Point", "coordinates": [1, 2]})):
        answer = client.post(reverse("parties:district_new"), {**form, "name": "X", "area": area})
        assert answer.status_code == 200
        assert answer.context["form"].errors
    assert District.objects.filter(city="Tampere").count() == 1


def test_an_operator_changes_the_district(world: World, sign_in: SignIn):
    client = sign_in(world.agents["operator"])
    address = reverse("parties:district_edit", args=["kera"])
    form = dict(client.get(address).context["form"].initial)
    answer = client.post(address, {**form, "carbon_price": "120,5"})
    assert answer.status_code == 302
    assert str(District.objects.get(slug="kera").carbon_price) == "120.50"


def test_an_operator_imports_a_table_and_reads_what_became_of_it(world: World, sign_in: SignIn):
    client = sign_in(world.agents["operator"])
    address = reverse("parties:organizations_import")
    good = SimpleUploadedFile("kera.csv", b"name,helix\nMetsa,company\nX,church\n")
    answer = client.post(address, {"file": good})
    assert answer.context["intake"].counts["added"] == 1
    assert answer.context["intake"].counts["left"] == 1
    bad = SimpleUploadedFile("kera.csv", b"name,name\nA,B\n")
    answer = client.post(address, {"file": bad})
    assert (answer.status_code, len(answer.context["faults"])) == (422, 2)
    assert client.post(address).status_code == 200


def test_a_hostile_name_stays_text(sign_in: SignIn):
    make_organization("<script>alert(1)</script>", description="<img onerror=alert(1) src=x>")
    for address in ("/organizations/", "/organizations/scriptalert1script/"):
        page = sign_in(None).get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img onerror" not in page


# --------------------------------------------------------------------- lists


def queries_of(client: Client, address: str) -> int:
    client.get(address)  # sessions and content types are read once
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_lists_ask_the_database_no_more_for_thirty_rows_than_for_one(world: World, sign_in: SignIn):
    client = sign_in(world.agents["node_admin"])
    addresses = [
        "/organizations/",
        "/districts/",
        f"/organizations/{world.organization.slug}/",
        f"/organizations/{world.organization.slug}/members/",
        f"/districts/{world.district.slug}/",
        "/administration/roles/",
        "/me/",
    ]
    few = {address: queries_of(client, address) for address in addresses}
    me = Person.objects.get(pk=world.agents["node_admin"].pk)
    for number in range(30):
        organization = make_organization(admin=me)
        make_place(organization.agent)
        make_place(world.organization.agent)
        make_place(me.agent)
        make_person("member", organization=world.organization)
        district = make_district(area=square(-40.0 - number, 24.0))
        make_person("operator", district=district)
        actions.appoint(me, role="operator", district=district, by=system_agent())
        actions.invite(organization, email=me.user.email, by=system_agent())
    assert {address: queries_of(client, address) for address in addresses} == few


def test_long_lists_come_in_pages(world: World, sign_in: SignIn):
    for _number in range(30):
        make_organization()
    client = sign_in(None)
    pages = [client.get("/organizations/", {"page": page}).context["page"] for page in (1, 2, 99)]
    assert [len(page.object_list) for page in pages] == [25, 7, 7]
    narrowed = client.get("/organizations/", {"q": "puu", "district": "nowhere", "helix": "x"})
    assert narrowed.status_code == 200
