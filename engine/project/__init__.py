"""The project file: format, migrations, atomic store, recovery journal; it must not know torch or Qt."""
