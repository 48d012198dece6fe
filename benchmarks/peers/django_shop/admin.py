"""The admin pages: prefix search, joined shop, one count a page, a picker instead of a million options."""

from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Max
from django.utils.functional import cached_property

from django_shop.models import Customer, SalesOrder, Store


class EstimatedPaginator(Paginator):
    """Take the number of all rows from the planner's statistics (PostgreSQL) or the last key (SQLite)."""

    @cached_property
    def count(self):
        """Estimate an unfiltered list, count a filtered one."""
        if self.object_list.query.where:
            return super().count
        if connection.vendor != "postgresql":
            return self.object_list.model.objects.aggregate(last=Max("pk"))["last"] or 0
        with connection.cursor() as cursor:
            table = self.object_list.model._meta.db_table  # noqa: SLF001 - Django's public name for it
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table])
            return cursor.fetchone()[0]


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    """The list, form and picker that are measured."""

    list_display = ["id", "name", "phone", "email", "city", "tier", "created_at", "store"]
    list_per_page = settings.PAGE_SIZE
    list_filter = ["store"]
    list_select_related = ["store"]
    search_fields = ["phone__startswith", "name__startswith"]
    show_full_result_count = False
    ordering = ["-id"]
    paginator = EstimatedPaginator if settings.ESTIMATED_COUNT else Paginator


@admin.register(SalesOrder)
class SalesOrderAdmin(admin.ModelAdmin):
    """The owner of the foreign key that the picker serves."""

    autocomplete_fields = ["customer"]


admin.site.register(Store)
