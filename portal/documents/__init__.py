"""Files for people: a value in, bytes out."""
