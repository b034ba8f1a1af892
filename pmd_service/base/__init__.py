"""The ground floor: settings, telemetry, the database and what it needs. Imports nothing of ours."""
