"""What a deployment takes: time and money, both estimated from the templates."""
