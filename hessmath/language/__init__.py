"""Text in, one typed syntax tree out."""
