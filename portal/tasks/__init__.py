"""Background work: what runs by the clock or was deferred by an act (``services.queue``)."""
