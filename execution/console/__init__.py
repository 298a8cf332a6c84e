"""The main job from a terminal: following a journey by its events, and saying it in words."""
