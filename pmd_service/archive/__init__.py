"""ZIP archives that store their own bytes and refer to the objects they contain."""
