# What `make bench` measures: each module here with a function `figures` is one part of the table.
