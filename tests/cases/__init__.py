"""Small threads of our own, each with the answer it must get (`loading.py` says how they are written)."""
