"""The desk's URLs and one page with a long text, for tests about text that arrives late."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path

from secdesk.accounts.kept_forms import kept_data
from secdesk.core.access import signed_in

SENT: list[str] = []


class LetterForm(forms.Form):
    title = forms.CharField()
    letter = forms.CharField(widget=forms.Textarea)
    evidence = forms.FileField(required=False)
    new_password = forms.CharField(required=False)


_PAGE = """{% extends "base.html" %}{% block content %}
<form method="post" enctype="multipart/form-data">{% csrf_token %}{{ form }}<button>send</button></form>
{% endblock %}"""


@signed_in
def letter_page(request: HttpRequest) -> HttpResponse:
    """Form, then redirect."""
    form = LetterForm(request.POST or kept_data(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        SENT.append(form.cleaned_data["letter"])
        return redirect("/letter/")
    return HttpResponse(engines["django"].from_string(_PAGE).render({"form": form}, request))


@signed_in
def plain_page(request: HttpRequest) -> HttpResponse:
    """A page that knows nothing of kept forms."""
    return HttpResponse(engines["django"].from_string('{% extends "base.html" %}').render({}, request))


urlpatterns = [
    path("letter/", letter_page),
    path("plain/", plain_page),
    path("", include("secdesk.urls")),
]
