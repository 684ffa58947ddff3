//! A read that lacked something, kept until that is fetched.

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The value of a key.
    Value(String),
    /// Some entries.
    Entries(Span),
    /// How many keys start with a prefix.
    Count(String),
}

/// Some of the entries whose keys start with a prefix: see [`range`](super::Transaction::range).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) prefix: String,
    pub(super) after: Option<String>,
    pub(super) skip: u64,
    pub(super) limit: usize,
}

impl Span {
    pub(super) fn new(prefix: &str, after: Option<&str>, skip: u64, limit: usize) -> Self {
        Self { prefix: prefix.to_owned(), after: after.map(str::to_owned), skip, limit }
    }

    /// Whether it begins with the first entry of all.
    pub(super) fn is_from_first(&self) -> bool {
        self.after.is_none() && self.skip == 0
    }
}
