"""Proposals for an adopted database: labels, titles, choices, marks and roles, each with where it was read from."""

from app.adoption.proposing.proposals import propose
from app.adoption.proposing.results import (
    Choice,
    ColumnProposal,
    DatabaseProposal,
    Proposed,
    TableProposal,
)
from app.adoption.proposing.roles import RoleProposal

__all__ = (
    "Choice",
    "ColumnProposal",
    "DatabaseProposal",
    "Proposed",
    "RoleProposal",
    "TableProposal",
    "propose",
)
