"""What manage.py offers beside Django's own."""
