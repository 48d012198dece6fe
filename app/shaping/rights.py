"""The rights of shaping."""

FIELD_CHANGE = "shaping:field:change"
TYPE_CHANGE = "shaping:type:change"
