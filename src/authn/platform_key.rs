//! The platform's API keys, of which the configuration holds only digests.

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::config::Sha256Digest;

/// The keys that the platform may use.
#[derive(Clone, Debug)]
pub struct PlatformKeys(Vec<Sha256Digest>);

impl PlatformKeys {
    /// Keys by their digests.
    pub fn new(digests: Vec<Sha256Digest>) -> Self {
        Self(digests)
    }

    /// Whether `credential` is one of them. Takes the same time whichever key is compared.
    pub fn accept(&self, credential: &str) -> bool {
        let presented: Sha256Digest = Sha256::digest(credential.as_bytes()).into();
        self.0.iter().fold(Choice::from(0), |any, known| any | known.ct_eq(&presented)).into()
    }
}
