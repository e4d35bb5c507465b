"""What every layer stands on: settings, errors, ids, time, tenant context, the endpoint wrapper."""
