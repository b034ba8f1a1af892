"""The forms of archives that are imported: a module each, with one record ``FORM``."""
