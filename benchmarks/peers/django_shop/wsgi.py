"""The application and its addresses."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_shop.settings")
application = get_wsgi_application()

from django.contrib import admin  # noqa: E402 - its models exist only after the set-up above

urlpatterns = [path("admin/", admin.site.urls)]
