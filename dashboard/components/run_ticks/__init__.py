"""The part of run_table that changes each second; `dashboard.components.run_table` mounts both."""
