"""A bin's sensor from its first page to its first alarm, on a telephone, without script."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from kierto.hub.models import Alarm, Device
from tests.browser.conftest import NewPage
from tests.factories.parties import make_district, make_organization, make_person


def send(page: Page, device: Device, key: str, **message: Any) -> int:
    """What the device sends; the status it is answered."""
    answer = page.request.post(
        f"/data/devices/{device.pk}/readings",
        headers={"Authorization": f"Bearer {key}"},
        data=message,
    )
    return answer.status


def test_a_device_is_added_read_and_looked_after(transactional_db: None, new_page: NewPage) -> None:
    make_district()
    anna = make_person("member", organization=make_organization("Kerava Bins"))
    page = new_page(script=False, viewport=(320, 640), user=anna.user)
    page.goto("/data/devices/")
    page.get_by_role("link", name="Add a device").first.click()
    page.get_by_label("Name", exact=True).fill("Bin at the gate")
    page.get_by_label("Whose is it?").select_option("Kerava Bins")
    page.get_by_label("What does it measure?").fill("WasteContainer")
    page.get_by_label("Latitude").fill("60,217")
    page.get_by_label("Longitude").fill("24,756")
    page.get_by_role("button", name="Add it and show its key").click()
    key = page.get_by_label("Key").input_value()
    device = Device.objects.get()

    # It sends before anybody said how to read it; that message is the sample.
    now = datetime.now(UTC).replace(microsecond=0)
    assert send(page, device, key, at=now.isoformat(), level=62, battery=88) == 422
    page.get_by_role("link", name="Say how to read it").click()
    expect(page.get_by_label("A message of the device")).to_have_value(re.compile('"level": 62'))
    page.get_by_role("button", name="Fill the form from it").click()
    first = page.get_by_role("group", name="Value 1")
    expect(first.get_by_label("What it is")).to_have_value("fillingLevel")
    first.get_by_label("Unit it is sent in").fill("parsnips")
    page.get_by_role("button", name="Try it").first.click()
    expect(first).to_contain_text("parsnips is no unit.")
    first.get_by_label("Unit it is sent in").fill("percent")
    page.get_by_role("button", name="Try it").first.click()
    expect(page.get_by_role("heading", name="It would be taken")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="fillingLevel")
    expect(row).to_contain_text("0.62")
    page.get_by_role("group", name="Value 2").get_by_label("Battery is low below").fill("0,2")
    page.get_by_role("button", name="Save and start the device").click()

    later = (now + timedelta(seconds=5)).isoformat()
    assert send(page, device, key, at=later, level=64, battery=12) == 202
    page.reload()
    expect(page.locator(".k-page-answer")).to_have_text("One alarm is open.")
    expect(page.locator(".k-figures")).to_contain_text("64%")
    page.get_by_label("Note").fill("Battery changed")
    page.get_by_role("button", name="It is over").click()
    expect(page.locator(".k-page-answer")).to_have_text(re.compile("^No alarm is open"))
    expect(page.get_by_text("Battery changed")).to_be_visible()
    assert Alarm.objects.get().over_by == anna.agent

    page.get_by_text("End this device").click()
    page.get_by_role("button", name="Retire").click()
    expect(page.locator(".k-page-answer")).to_have_text("It is retired. Its history stays.")
    assert send(page, device, key, at=later, level=64) == 401
