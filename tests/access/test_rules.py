"""What roles see is decided by verbs, remembered until it changes, and as open as the most open role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import insert

from app.access import accounts
from app.access.acting import acting_as
from app.access.errors import FixedRole, HoldsMore
from app.access.limiting import limits_of, limits_of_role
from app.access.roles import add_role, delete_role
from app.access.rules import branches_of, row_rule_of, set_branches, set_row_rule, set_sights, sights_of
from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.limits import Sight
from app.core.permissions import everything_granted
from app.core.transaction import transaction
from tests.panel.limits.conftest import confine, make_branch, role_number, rows, sight

CUSTOMER = "people:customer"
REFERRED = '{"all":[["source","any","referral"]]}'


def person(*roles: str) -> int:
    """Return the number of a new account with these roles."""
    number = accounts.create_account("somebody", "x", "Somebody", roles[0])
    with transaction():
        bump_version()
        for role in roles[1:]:
            holding = insert(assoc_user_role).values(user_id=number, role_id=role_number(role))
            db.session.execute(holding.execution_options(unjournalled="a test arranges its roles"))
    return number


@pytest.mark.parametrize(
    ("role", "name", "phone"),
    [
        ("Owner", Sight.VISIBLE, Sight.VISIBLE),
        ("Manager", Sight.VISIBLE, Sight.VISIBLE),
        ("Clerk", Sight.VISIBLE, Sight.MASKED),
        ("Groomer", Sight.VISIBLE, Sight.MASKED),
        ("Accountant", Sight.MASKED, Sight.MASKED),
    ],
)
def test_a_role_without_rules_sees_of_people_what_its_work_needs(
    app_on: Flask, role: str, name: Sight, phone: Sight
) -> None:
    sights = sights_of(role_number(role), CUSTOMER)

    assert (sights["name"], sights["phone"], sights["source"]) == (name, phone, Sight.VISIBLE)


def test_somebody_with_several_roles_sees_what_any_of_them_lets_him_see(app_on: Flask) -> None:
    sight("Clerk", CUSTOMER, wechat=Sight.HIDDEN, code=Sight.HIDDEN)
    sight("Groomer", CUSTOMER, wechat=Sight.HIDDEN, code=Sight.MASKED)
    rows("Clerk", CUSTOMER, REFERRED)
    number = person("Clerk", "Groomer")

    both = limits_of(number)

    assert both.sight(CUSTOMER, "wechat") is Sight.HIDDEN
    assert both.sight(CUSTOMER, "code") is Sight.MASKED
    assert CUSTOMER not in both.rows, "the groomer's role confines nobody"
    assert limits_of_role([role_number("Clerk")]).rows[CUSTOMER] == (REFERRED,)


def test_a_role_that_is_not_about_a_screen_opens_nothing_there(app_on: Flask) -> None:
    with everything_granted():
        add_role("Elsewhere", {"people:tag:list"})
    sight("Clerk", CUSTOMER, source=Sight.HIDDEN)

    assert limits_of(person("Clerk", "Elsewhere")).sight(CUSTOMER, "source") is Sight.HIDDEN


def test_a_rule_counts_at_once_and_goes_back_to_the_default(app_on: Flask) -> None:
    number = person("Clerk")
    before = limits_of(number).sight(CUSTOMER, "phone")

    sight("Clerk", CUSTOMER, phone=Sight.VISIBLE)
    between = limits_of(number).sight(CUSTOMER, "phone")
    with everything_granted():
        set_sights(role_number("Clerk"), CUSTOMER, {"phone": None})

    assert (before, between, limits_of(number).sight(CUSTOMER, "phone")) == (
        Sight.MASKED,
        Sight.VISIBLE,
        Sight.MASKED,
    )


def test_equal_limits_share_a_key_and_no_limits_have_none(app_on: Flask) -> None:
    clerk = [role_number("Clerk")]

    assert limits_of_role(clerk).key == limits_of_role(clerk).key != ""
    assert limits_of_role([role_number("Owner")]).key == ""


def test_the_owner_s_role_can_t_be_confined(app_on: Flask) -> None:
    with pytest.raises(FixedRole):
        sight("Owner", CUSTOMER, phone=Sight.MASKED)
    with pytest.raises(FixedRole):
        rows("Owner", CUSTOMER, REFERRED)


def test_what_is_not_declared_or_not_readable_is_refused(app_on: Flask) -> None:
    with pytest.raises(NotFound):
        sight("Clerk", CUSTOMER, shoe_size=Sight.MASKED)
    with pytest.raises(NotFound):
        sight("Clerk", "people:nobody", name=Sight.MASKED)
    with pytest.raises(Invalid):
        rows("Clerk", CUSTOMER, '{"all":[["shoe_size","is","43"]]}')


def test_a_role_that_adds_records_needs_to_see_what_is_required(app_on: Flask) -> None:
    with pytest.raises(Invalid) as refusal:
        sight("Clerk", CUSTOMER, name=Sight.HIDDEN)

    assert set(refusal.value.errors) == {"name"}
    sight("Clerk", CUSTOMER, name=Sight.MASKED)
    assert sights_of(role_number("Clerk"), CUSTOMER)["name"] is Sight.MASKED


def test_nobody_opens_to_others_what_he_does_not_see_himself(app_on: Flask) -> None:
    with everything_granted():
        add_role("Personnel", {"access:role:edit", "access:user:edit", "people:customer:list"})
    rows("Personnel", CUSTOMER, REFERRED)
    clerk = role_number("Clerk")
    db.session.rollback()

    with acting_as(person("Personnel")):
        with pytest.raises(HoldsMore):
            set_sights(clerk, CUSTOMER, {"phone": Sight.VISIBLE})
        with pytest.raises(HoldsMore):
            set_row_rule(clerk, CUSTOMER, None)
        set_sights(clerk, CUSTOMER, {"phone": Sight.HIDDEN})


def test_without_the_right_nobody_changes_a_rule(app_on: Flask) -> None:
    clerk = role_number("Clerk")
    db.session.rollback()
    with acting_as(person("Clerk")), pytest.raises(Forbidden):
        set_sights(clerk, CUSTOMER, {"phone": Sight.VISIBLE})


def test_a_person_is_confined_to_branches_and_set_free_again(app_on: Flask) -> None:
    branch, number = make_branch("North"), person("Clerk")

    confine("somebody", branch)
    confined = limits_of(number).branches
    confine("somebody")

    assert confined == {branch}
    assert (branches_of(number), limits_of(number).branches) == (frozenset(), None)


def test_who_works_in_one_branch_sends_nobody_to_another(app_on: Flask) -> None:
    own, other = make_branch("North"), make_branch("South")
    with everything_granted():
        add_role("Personnel", {"access:user:edit"})
    number, colleague = person("Personnel"), accounts.create_account("colleague", "x", "Colleague", "Public")
    confine("somebody", own)
    confine("colleague", own)
    db.session.rollback()

    with acting_as(number):
        for wanted in ({other}, {own, other}, set()):
            with pytest.raises(HoldsMore):
                set_branches(colleague, wanted)
        set_branches(colleague, {own})
    assert branches_of(colleague) == {own}


def test_the_rules_go_with_their_role(app_on: Flask) -> None:
    with everything_granted():
        number = add_role("Guest", {"people:customer:list"})
        set_sights(number, CUSTOMER, {"phone": Sight.HIDDEN})
        set_row_rule(number, CUSTOMER, REFERRED)
        delete_role(number)

    assert row_rule_of(number, CUSTOMER) is None


def test_rights_and_limits_are_looked_up_by_one_statement(
    app_on: Flask, statements: Callable[..., object]
) -> None:
    number = person("Clerk", "Groomer")
    limits_of(number)
    with transaction():
        bump_version()
    with app_on.test_request_context():
        db.session.rollback()
        with statements(db.engine) as seen:
            limits_of(number)

    about_rules = [text for text in seen if "access_field_rule" in text or "ab_permission" in text]
    assert len(about_rules) == 1
