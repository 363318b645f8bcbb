"""Parameters, operations, time and memory of models, side by side in one run."""
