"""Everything that runs BlogQA on one machine for development: a private mongod, the API and the workers."""
