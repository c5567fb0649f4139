//! Push networks: what is sent to them, and what their answers mean.
