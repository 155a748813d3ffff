"""People who work here: invitations, second factors, and who keeps whose account."""
