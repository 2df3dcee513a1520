"""One function per act of a person: load, may they, do, flush, audit."""
