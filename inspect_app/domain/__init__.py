"""What is true of inspections: values in, values out; the standard library only, no clock, no row."""
