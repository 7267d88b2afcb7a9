"""Panels: the first content in the page, then fragments with ETags."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory

from dashboards.shell.panels import Panel
from tests.dashboards.shell.lists import ClockPanel, ReadyPanel


def test_a_panel_is_rendered_with_its_page_and_asks_for_itself_by_the_clock(rf: RequestFactory) -> None:
    template = Template("{% load shell %}{% panel clock %}")
    html = template.render(Context({"clock": ClockPanel, "request": rf.get("/?m=one")}))
    assert 'id="panel-clock"' in html
    assert 'hx-get="/t/panel/"' in html
    assert 'hx-trigger="vault:tick-30 from:body, vault:refresh from:body"' in html
    assert "every " not in html
    assert "<h2>Clock</h2>" in html
    assert "one" in html


def test_a_fragment_that_the_browser_has_is_not_sent_again(staff_client: Client) -> None:
    first = staff_client.get("/t/panel/?m=a")
    again = staff_client.get("/t/panel/?m=a", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again.content == b""
    assert again["ETag"] == first["ETag"]
    assert float(again["X-Vault-At"]) >= float(first["X-Vault-At"])
    changed = staff_client.get("/t/panel/?m=b", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_ready_bytes_are_served_as_they_are_with_the_time_of_their_figures(db: None) -> None:
    response = Client().get("/t/ready/")
    assert response.content == b"<p>ready</p>" * 100
    assert (response["ETag"], response["X-Vault-At"]) == ('"v1"', "1700000000.0")
    assert response["Cache-Control"] == "private, no-cache"
    assert Client().get("/t/ready/", headers={"If-None-Match": '"v0", "v1"'}).status_code == 304


def test_a_panel_may_be_made_of_attributes() -> None:
    panel = Panel(name="x", title="X", template="t", url="/x/", every=3, context=lambda request: {"a": 1})
    assert panel.context(RequestFactory().get("/")) == {"a": 1}


def test_a_panel_that_cannot_work_is_refused() -> None:
    with pytest.raises(ValueError, match="only 3 and 30"):
        Panel(name="x", every=7)
    with pytest.raises(TypeError, match="no attribute 'colour'"):
        Panel(colour="red")


def test_a_derived_panel_keeps_its_attributes() -> None:
    assert ReadyPanel().url == "/t/ready/"
