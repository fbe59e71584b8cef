"""What the server serves: the script that every page begins with, and the head of the document."""
