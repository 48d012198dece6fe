"""The program's version, as /healthz and the CHANGELOG name it."""

VERSION = "0.1.0"
