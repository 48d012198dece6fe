"""What operations looks at for the check: settings, answers, files, the database, the worker, the packages."""
