"""The doors: pages, JSON; imported by nothing but create_app."""
