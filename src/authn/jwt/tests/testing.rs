//! Signs tokens with the private keys that RFC 7515 (A.2, A.3) and RFC 8037 (A.1) print.

use data_encoding::BASE64URL_NOPAD;
use rsa::BoxedUint;
use rsa::pkcs1v15;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::{Value, json};

use super::*;

/// The time at which tests look at tokens, and the same in seconds.
pub(crate) const NOW: Timestamp = Timestamp(NOW_SECONDS * 1000);
pub(crate) const NOW_SECONDS: u64 = 1_790_000_000;

const ED_D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const EC_D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
pub(crate) const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const RSA_D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
const RSA_P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
const RSA_Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";

/// A sign-in with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    EdDsa,
    Es256,
    Rs256,
}

impl Signer {
    pub(crate) const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    pub(crate) fn alg(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Its public key, whose `kid` is the name of its algorithm.
    pub(crate) fn jwk(self) -> Value {
        let mut jwk = match self {
            Self::EdDsa => json!({
                "kty": "OKP", "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }),
            Self::Es256 => json!({
                "kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }),
            Self::Rs256 => json!({ "kty": "RSA", "n": RSA_N, "e": "AQAB" }),
        };
        jwk["kid"] = json!(self.alg());
        jwk["alg"] = json!(self.alg());
        jwk["use"] = json!("sig");
        jwk
    }

    /// A token with these claims.
    pub(crate) fn sign(self, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": self.alg(), "kid": self.alg() }), claims)
    }

    /// A token with any header and claims.
    pub(crate) fn sign_with(self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// A token of two texts, which need not be JSON.
    pub(crate) fn sign_text(self, header: &str, claims: &str) -> String {
        let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    fn signature(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::EdDsa => {
                let seed: [u8; 32] = decode(ED_D).try_into().unwrap();
                let key = ed25519_dalek::SigningKey::from_bytes(&seed);
                key.sign(message).to_vec()
            }
            Self::Es256 => {
                let key = p256::ecdsa::SigningKey::from_slice(&decode(EC_D)).unwrap();
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_vec()
            }
            Self::Rs256 => {
                let number = |text| BoxedUint::from_be_slice_vartime(&decode(text));
                let primes = vec![number(RSA_P), number(RSA_Q)];
                let (n, e, d) = (number(RSA_N), number("AQAB"), number(RSA_D));
                let key = rsa::PrivateKey::from_components(n, e, d, primes).unwrap();
                pkcs1v15::SigningKey::<Sha256>::new(key).sign(message).to_vec()
            }
        }
    }
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
}

/// The keys of all of them.
pub(crate) fn jwks() -> Value {
    json!({ "keys": Signer::ALL.map(Signer::jwk) })
}

/// One that knows all of them.
pub(crate) fn verifier() -> Verifier {
    verifier_of(&jwks())
}

/// One that knows these keys.
pub(crate) fn verifier_of(jwks: &Value) -> Verifier {
    let issuer = "https://login.example.com";
    Verifier::new(JwtConfig::parse(&jwks.to_string(), issuer, "scim-edge, other").unwrap())
}

/// Claims that are believed.
pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://login.example.com",
        "aud": "scim-edge",
        "sub": "00u1",
        "email": "Ada@example.com",
        "email_verified": true,
        "iat": NOW_SECONDS,
        "exp": NOW_SECONDS + 300,
    })
}

/// Those with some replaced; a null takes one away.
pub(crate) fn claims_but(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        let map = claims.as_object_mut().unwrap();
        match value {
            Value::Null => map.remove(name),
            value => map.insert(name.clone(), value.clone()),
        };
    }
    claims
}
