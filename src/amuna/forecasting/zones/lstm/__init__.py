"""A sequence-to-sequence LSTM of zones: arrays in and out, the network, its small runtime, and files to serve it."""
