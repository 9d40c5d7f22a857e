"""An upgrade as it may come: version 1 can go on reading and writing what it makes."""
