"""What the product can do: one module a capability, one function an act or a question.

A service is a plain function ``(session, actor, *, ...)``. It loads facts, asks the domain,
writes, and returns a frozen view. It is run by ``services.unit.run_unit``.
"""
