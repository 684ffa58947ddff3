//! A host for the Envoy filter.
