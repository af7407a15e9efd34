"""How the templates in `resources/templates` were drawn; a contract test holds the files to these drawings."""
