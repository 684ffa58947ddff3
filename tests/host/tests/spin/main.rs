//! The component on a host like Spin.
