"""Playing: which table stands for customers, sales and the rest, as a person said it; provided to analysis as facts."""
