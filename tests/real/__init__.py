"""Real people's data, as other programs have kept it, through the whole house."""
