"""One firm to watch: a run told hour by hour, its stories, its network, and Mesa's own viewer."""
