"""Pictures, videos and webcams through a model, as people look at them: `tools/demo.py`."""
