"""The inspection system of the one-stop shops: `create_app` comes to live here."""
