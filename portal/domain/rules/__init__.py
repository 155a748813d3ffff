"""The rule engine: facts and rules in, one result a rule out. Pure: no I/O, no clock."""
