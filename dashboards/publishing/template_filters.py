"""Filters of the templates about public JSON: `{% load publishing %}`."""

from __future__ import annotations

from django import template

from dashboards.publishing import tables

register = template.Library()
register.filter("answer_tag", tables.answer_tag)
register.filter("millis", tables.millis)
