"""Studies: tables whose rows are trainings that differ in one thing."""
