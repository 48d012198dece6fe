"""Who may do what: branches, the shop's settings, people, roles and signing in."""
