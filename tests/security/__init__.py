"""What attackers try, item by item of SECURITY.md."""
