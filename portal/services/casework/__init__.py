"""What waits for officers, findings and sanctions, money to come back, complaints."""
