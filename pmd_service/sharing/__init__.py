"""Links to packs and downloads, and the page that visitors see behind one (DEPTH section 8, pack pages)."""
