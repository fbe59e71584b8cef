"""The Runs page's parts: what the address keeps, the table, curves over one another, what is done with runs."""
