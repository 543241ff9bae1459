"""The plumbing: database, migrations, journal, jobs, realtime, HTTP, auth, files. It knows no business."""
