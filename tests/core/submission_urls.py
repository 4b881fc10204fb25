"""The desk's URLs and two pages of a test: one that makes an organ, one that two people edit."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from secdesk.core.access import signed_in
from secdesk.core.forms import DeskForm, JapaneseDateTimeField, ProseField
from secdesk.core.people.models import Organ
from secdesk.core.submissions.web import conflict_page, once

PAGE = """{% extends "base.html" %}{% load desk %}{% block title %}x{% endblock %}
{% block content %}<h1>x</h1>{% include "components/error_summary.html" %}
<form method="post" enctype="multipart/form-data">{% csrf_token %}{% form_token %}
{% for field in form %}{% include "components/field.html" %}{% endfor %}<button>send</button></form>{% endblock %}"""


class OrganForm(DeskForm):
    code = forms.CharField(label="記号")
    name = ProseField(label="名称")
    regime = forms.ChoiceField(label="制度", choices=[("appi", "第5章"), ("own", "条例")], required=False)
    agency = forms.BooleanField(label="実施機関", required=False)
    kinds = forms.MultipleChoiceField(
        label="種類",
        choices=[("a", "甲"), ("b", "乙"), ("c", "丙")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    at = JapaneseDateTimeField(label="日時", required=False)
    file = forms.FileField(label="添付", required=False)


def _draw(request: HttpRequest, form: OrganForm) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


@signed_in
def make(request: HttpRequest) -> HttpResponse:
    """Makes an organ once."""
    form = OrganForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return _draw(request, form)

    def make_organ() -> str:
        organ = Organ.objects.create(code=f"{form.cleaned_data['code']}{Organ.objects.count()}", name="x")
        if form.cleaned_data["code"] == "fails":
            raise forms.ValidationError("the service refuses")
        return f"/made/{organ.pk}/"

    return once(request, form, make_organ)


@signed_in
def edit(request: HttpRequest) -> HttpResponse:
    """Answers as if somebody else had saved version 8 meanwhile; with version 8 it shows what arrived."""
    form = OrganForm(request.POST)
    if request.POST["version"] == "8":
        return HttpResponse(repr(form.cleaned_data) if form.is_valid() else repr(form.errors))
    values = {"code": "7", "name": "二人で点検する。", "regime": "own", "agency": True, "kinds": ["b", "c"], "at": None}
    return conflict_page(request, form, values=values, version=8, record_url="/made/1/", saved_by="河野 沙織")


urlpatterns = [path("make/", make), path("edit/", edit), path("", include("secdesk.urls"))]
