"""The page in the browsers that are not Chromium: the first part of ``make browsers``."""
