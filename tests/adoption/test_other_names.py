"""Relations by name alone, on the naming of systems that many shops have; their tables are empty here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.adoption.connecting import open_adopted
from app.adoption.reflecting import sketch
from app.adoption.relating import propose

# Tables with their columns: `*` after the key, `:t` after texts.
BLOG = {
    "wp_posts": "ID* post_author post_parent post_title:t guid:t menu_order comment_count",
    "wp_comments": "comment_ID* comment_post_ID user_id comment_parent comment_karma",
    "wp_postmeta": "meta_id* post_id meta_key:t meta_value:t",
    "wp_term_relationships": "object_id term_taxonomy_id term_order",
    "wp_term_taxonomy": "term_taxonomy_id* term_id parent count",
    "wp_terms": "term_id* name:t",
    "wp_usermeta": "umeta_id* user_id meta_key:t",
    "wp_users": "ID* user_login:t",
    "wp_options": "option_id* option_name:t",
    "wp_links": "link_id* link_owner",
}
TILL = {
    "pos_sales": "sale_id* customer_id employee_id",
    "pos_customers": "person_id* company_name:t",
    "pos_employees": "person_id* username:t",
    "pos_people": "person_id* first_name:t",
    "pos_items": "item_id* supplier_id category:t",
    "pos_suppliers": "person_id* agency:t",
    "pos_sales_items": "sale_id item_id line quantity",
}
PHARMACY = {
    "药品信息": "药品编号* 药品名称:t 类别编号 供应商编号 批准文号:t",
    "药品类别": "类别编号* 类别名称:t 上级编号",
    "供应商": "供应商编号* 名称:t",
    "入库单": "入库单号:t* 供应商编号 经办员工编号 入库日期:t",
    "入库明细": "编号* 入库单号:t 药品编号 数量 批号:t",
    "员工表": "员工编号* 姓名:t",
    "销售单": "单号:t* 会员卡号:t 员工编号 金额",
    "销售明细": "编号* 销售单号:t 药品编号 数量",
    "会员": "卡号:t* 姓名:t 电话:t",
}
STAFF = {
    "employees": "emp_no* first_name:t",
    "departments": "dept_no:t* dept_name:t",
    "dept_emp": "emp_no dept_no:t",
    "salaries": "emp_no salary",
}
KEYS = {
    "blog": (
        BLOG,
        """
        wp_posts.post_parent > wp_posts.ID
        wp_comments.user_id > wp_users.ID
        wp_comments.comment_post_ID > wp_posts.ID
        wp_comments.comment_parent > wp_comments.comment_ID
        wp_postmeta.post_id > wp_posts.ID
        wp_term_relationships.term_taxonomy_id > wp_term_taxonomy.term_taxonomy_id
        wp_usermeta.user_id > wp_users.ID
        wp_term_taxonomy.term_id > wp_terms.term_id
        wp_term_taxonomy.parent > wp_term_taxonomy.term_taxonomy_id
        """,
    ),
    "till": (
        TILL,
        """
        pos_sales.customer_id > pos_customers.person_id
        pos_sales.employee_id > pos_employees.person_id
        pos_items.supplier_id > pos_suppliers.person_id
        pos_sales_items.sale_id > pos_sales.sale_id
        pos_sales_items.item_id > pos_items.item_id
        pos_customers.person_id > pos_people.person_id
        pos_employees.person_id > pos_people.person_id
        pos_suppliers.person_id > pos_people.person_id
        """,
    ),
    "pharmacy": (
        PHARMACY,
        """
        药品信息.类别编号 > 药品类别.类别编号
        药品信息.供应商编号 > 供应商.供应商编号
        药品类别.上级编号 > 药品类别.类别编号
        入库单.供应商编号 > 供应商.供应商编号
        入库单.经办员工编号 > 员工表.员工编号
        入库明细.入库单号 > 入库单.入库单号
        入库明细.药品编号 > 药品信息.药品编号
        销售单.会员卡号 > 会员.卡号
        销售单.员工编号 > 员工表.员工编号
        销售明细.销售单号 > 销售单.单号
        销售明细.药品编号 > 药品信息.药品编号
        """,
    ),
    "staff": (
        STAFF,
        """
        dept_emp.emp_no > employees.emp_no
        dept_emp.dept_no > departments.dept_no
        salaries.emp_no > employees.emp_no
        """,
    ),
}


def built(path: Path, tables: dict[str, str]) -> str:
    """Make the tables in a file and return its address."""
    with closing(sqlite3.connect(path)) as connection:
        for table, columns in tables.items():
            parts = [
                f'"{each.strip("*").partition(":")[0]}" {"VARCHAR(20)" if ":t" in each else "INTEGER"}'
                + (" PRIMARY KEY" if each.endswith("*") else "")
                for each in columns.split()
            ]
            connection.execute(f'CREATE TABLE "{table}" ({", ".join(parts)})')
    return f"sqlite:///{path}"


@pytest.mark.parametrize("name", KEYS)
def test_the_naming_of_other_systems_is_understood(name: str, tmp_path: Path) -> None:
    tables, key = KEYS[name]
    engine = open_adopted(built(tmp_path / "other.db", tables), read_only=True)

    found = {
        f"{table}.{each.columns[0]} > {each.table}.{each.target_columns[0]}"
        for (_schema, table), relations in propose(engine, sketch(engine)).items()
        for each in relations
    }

    engine.dispose()
    assert found == {line.strip() for line in key.split("\n") if line.strip()}
