//! The algorithms of signatures that a key can have, and the public keys that check them.

use p256::ecdsa;
use rsa::pkcs1v15;
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;

/// An algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `EdDSA`, with Ed25519 only.
    EdDsa,
    /// `ES256`: ECDSA with P-256 and SHA-256.
    Es256,
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The one that `alg` names. Names are case-sensitive (RFC 7515 §4.1.1).
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its name in `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A public key, which has one algorithm.
#[derive(Clone, Debug)]
pub(super) enum PublicKey {
    EdDsa(ed25519_dalek::VerifyingKey),
    Es256(ecdsa::VerifyingKey),
    Rs256(Box<pkcs1v15::VerifyingKey<Sha256>>),
}

impl PublicKey {
    /// What it is for.
    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::EdDsa(_) => Algorithm::EdDsa,
            Self::Es256(_) => Algorithm::Es256,
            Self::Rs256(_) => Algorithm::Rs256,
        }
    }

    /// Whether `signature` is this key's, of `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            // Two numbers of 32 bytes, not DER (RFC 7518 §3.4).
            Self::Es256(key) => ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Rs256(key) => pkcs1v15::Signature::try_from(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}
