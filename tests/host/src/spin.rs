//! A host for the Spin component.
