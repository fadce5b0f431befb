"""Settings of a fit that is over in a moment."""

TINY = {"network.width": "4", "network.max_width": "8", "network.z_dim": "4", "train.batch_size": "8"}
SETTINGS = {"device": "cpu", "precision": "float32", "overrides": TINY, "progress": False, "curate": False}

TINY_ROWS = {"network.hidden": "8", "network.z_dim": "4", "train.batch_size": "20", "train.log_every": "5"}
ROW_SETTINGS = SETTINGS | {"overrides": TINY_ROWS}
