"""Why the forecast of a zone is what it is: reasons of a day, importance of what models look at, and how demand depends on it."""
