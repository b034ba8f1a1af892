"""The page in the browsers that are not Chromium: ``make browsers``. No part of ``make test``."""
