"""Who may see what: roles, permissions, secrets."""
