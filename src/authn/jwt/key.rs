//! A key of a JSON Web Key Set (RFC 7517 §4), read once at start-up.
//!
//! Sets of real sign-ins hold keys that are not for us: for encryption, or of algorithms that we do not have. Those are
//! left out. A key that is for us and cannot be used is an error, and so is a secret: it does not belong in a set of
//! public keys, and whoever put it there has to know.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa;
use rsa::BoxedUint;
use rsa::pkcs1v15;
use serde_json::{Map, Value};
use thiserror::Error;

use super::Algorithm;
use super::algorithm::PublicKey;

/// The shortest RSA modulus in bits (RFC 7518 §3.3).
const RSA_BITS_MIN: usize = 2048;

/// The longest RSA modulus in bits: a check takes longer with each bit.
const RSA_BITS_MAX: usize = 8192;

/// A key that checks signatures.
#[derive(Clone, Debug)]
pub(super) struct Key {
    id: Option<String>,
    public: PublicKey,
}

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyProblem {
    /// Another kind of JSON value.
    #[error("is not a JSON object")]
    NotAnObject,
    /// A field that it needs, or one that is read, is no text.
    #[error("needs a text as {0}")]
    NoText(&'static str),
    /// A number that is not base64url.
    #[error("has a {0} that is not base64url without padding")]
    NotBase64(&'static str),
    /// A key that two parties share.
    #[error("is a shared secret (kty oct), which does not belong here")]
    Symmetric,
    /// The half of a key that nobody but its owner may have.
    #[error("is a private key (it has d), which does not belong here: give the public half")]
    Private,
    /// An algorithm that this type of key does not have.
    #[error("has an alg that is not for its kty and crv")]
    OtherType,
    /// A number of another length than its curve has, a point outside of it, or one that signs anything.
    #[error("is not a point of its curve that can be used")]
    Point,
    /// Under 2048 bits.
    #[error("has fewer than 2048 bits")]
    TooShort,
    /// Over 8192 bits.
    #[error("has more than 8192 bits")]
    TooLong,
    /// Modulus and exponent are none of RSA.
    #[error("has numbers that are no RSA key")]
    Rsa,
    /// Another key has the same `kid`.
    #[error("has a kid that another key has")]
    DuplicateId,
}

impl Key {
    /// Reads a key. `None`: it is not for us.
    pub(super) fn parse(value: &Value) -> Result<Option<Self>, KeyProblem> {
        let fields = Fields(value.as_object().ok_or(KeyProblem::NotAnObject)?);
        let kind = fields.required("kty")?;
        if kind == "oct" {
            return Err(KeyProblem::Symmetric);
        }
        if fields.0.contains_key("d") {
            return Err(KeyProblem::Private);
        }
        if !fields.is_for_signatures()? {
            return Ok(None);
        }
        let Some(algorithm) = fields.algorithm(kind)? else { return Ok(None) };
        let public = match algorithm {
            Algorithm::EdDsa => fields.ed25519()?,
            Algorithm::Es256 => fields.p256()?,
            Algorithm::Rs256 => fields.rsa()?,
        };
        Ok(Some(Self { id: fields.text("kid")?.map(str::to_owned), public }))
    }

    /// Its `kid`.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What it is for.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// Whether `signature` is this key's, of `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verifies(message, signature)
    }
}

/// The fields of a key.
struct Fields<'k>(&'k Map<String, Value>);

impl<'k> Fields<'k> {
    fn text(&self, name: &'static str) -> Result<Option<&'k str>, KeyProblem> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or(KeyProblem::NoText(name)),
        }
    }

    fn required(&self, name: &'static str) -> Result<&'k str, KeyProblem> {
        self.text(name)?.ok_or(KeyProblem::NoText(name))
    }

    fn bytes(&self, name: &'static str) -> Result<Vec<u8>, KeyProblem> {
        let text = self.required(name)?;
        Base64UrlUnpadded::decode_vec(text).map_err(|_| KeyProblem::NotBase64(name))
    }

    /// A number of exactly 32 bytes: on a curve leading zeros are kept (RFC 7518 §6.2.1.2).
    fn coordinate(&self, name: &'static str) -> Result<[u8; 32], KeyProblem> {
        self.bytes(name)?.try_into().map_err(|_| KeyProblem::Point)
    }

    /// Whether `use` and `key_ops` allow to check signatures with it (RFC 7517 §4.2, §4.3).
    fn is_for_signatures(&self) -> Result<bool, KeyProblem> {
        let of_use = self.text("use")?.is_none_or(|purpose| purpose == "sig");
        let operations = self.0.get("key_ops").and_then(Value::as_array);
        let of_operations = operations.is_none_or(|all| all.iter().any(|one| one == "verify"));
        Ok(of_use && of_operations)
    }

    /// Its algorithm: what `alg` names, or else the only one of ours that its type has. `None`: not one of ours.
    fn algorithm(&self, kind: &str) -> Result<Option<Algorithm>, KeyProblem> {
        let fitting = match (kind, self.text("crv")?) {
            ("OKP", Some("Ed25519")) => Some(Algorithm::EdDsa),
            ("EC", Some("P-256")) => Some(Algorithm::Es256),
            ("RSA", _) => Some(Algorithm::Rs256),
            ("OKP" | "EC", None) => return Err(KeyProblem::NoText("crv")),
            _ => None,
        };
        match self.text("alg")?.map(Algorithm::named) {
            None => Ok(fitting),
            Some(None) => Ok(None),
            Some(named) if named == fitting => Ok(named),
            Some(_) => Err(KeyProblem::OtherType),
        }
    }

    /// RFC 8037 §2
    fn ed25519(&self) -> Result<PublicKey, KeyProblem> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.coordinate("x")?);
        let usable = key.ok().filter(|key| !key.is_weak());
        usable.map(PublicKey::EdDsa).ok_or(KeyProblem::Point)
    }

    /// RFC 7518 §6.2.1
    fn p256(&self) -> Result<PublicKey, KeyProblem> {
        let (x, y) = (self.coordinate("x")?, self.coordinate("y")?);
        let point = p256::Sec1Point::from_affine_coordinates(&x.into(), &y.into(), false);
        let key = ecdsa::VerifyingKey::from_sec1_point(&point);
        key.map(PublicKey::Es256).map_err(|_| KeyProblem::Point)
    }

    /// RFC 7518 §6.3.1
    fn rsa(&self) -> Result<PublicKey, KeyProblem> {
        let number = |name| self.bytes(name).map(|b| BoxedUint::from_be_slice_vartime(&b));
        let sizes = RSA_BITS_MIN..=RSA_BITS_MAX;
        match rsa::PublicKey::new_with_size_limits(number("n")?, number("e")?, sizes) {
            Ok(key) => Ok(PublicKey::Rs256(Box::new(pkcs1v15::VerifyingKey::new(key)))),
            Err(rsa::Error::ModulusTooSmall) => Err(KeyProblem::TooShort),
            Err(rsa::Error::ModulusTooLarge) => Err(KeyProblem::TooLong),
            Err(_) => Err(KeyProblem::Rsa),
        }
    }
}

#[cfg(test)]
mod tests;
