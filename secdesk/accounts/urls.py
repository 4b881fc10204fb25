"""URLs of accounts."""

from django.urls import path

from secdesk.accounts.views import login

app_name = "accounts"
urlpatterns = [
    path("login/", login.login_page, name="login"),
    path("login/second/", login.second_factor_page, name="second_factor"),
    path("logout/", login.logout_action, name="logout"),
]
