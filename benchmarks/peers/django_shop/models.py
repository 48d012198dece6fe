"""The tables of the benchmark as Django models."""

from django.db import models


class Store(models.Model):
    """A shop."""

    name = models.CharField(max_length=60)
    city = models.CharField(max_length=40, null=True)

    class Meta:
        managed = False
        db_table = "store"

    def __str__(self):
        return self.name


class Customer(models.Model):
    """A customer of one shop."""

    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=20)
    email = models.CharField(max_length=120, null=True)
    city = models.CharField(max_length=40, null=True)
    tier = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    store = models.ForeignKey(Store, models.PROTECT)

    class Meta:
        managed = False
        db_table = "customer"

    def __str__(self):
        return f"{self.name} {self.phone}"


class SalesOrder(models.Model):
    """A record with a customer: it exists because the picker hangs on a foreign key, and needs no rows."""

    customer = models.ForeignKey(Customer, models.PROTECT)

    class Meta:
        managed = False
        db_table = "sales_order"
