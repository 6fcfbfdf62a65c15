"""What other bodies know of people: who is a member of the NSSF, who was found fit for work."""
