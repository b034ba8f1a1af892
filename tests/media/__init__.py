"""Tests of looking at media and of what is made of it; every file is drawn or played here."""
