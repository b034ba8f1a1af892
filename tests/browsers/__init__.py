"""The page in the browsers that are not Chromium: the last part of ``make browsers``."""
