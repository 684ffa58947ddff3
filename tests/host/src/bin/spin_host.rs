//! Serves the Spin component until it is told to stop.

fn main() {}
