"""The dashboard's pages (SPEC section 9): the built web page, and the pages that explain why there is none."""
