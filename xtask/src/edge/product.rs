use std::sync::Arc;

use anyhow::Result;

use crate::demo::{self, Service, SignIn};

/// The product that edges stand in front of. Edges of one product believe the same people.
#[derive(Clone)]
pub struct Product {
    /// The service behind.
    pub service: Arc<Service>,
    /// Makes tokens that its edges believe.
    pub sign_in: Arc<SignIn>,
    /// The platform's key for the management API.
    pub platform_key: String,
}

impl Product {
    /// A product with a new sign-in and a new platform key.
    pub fn new(service: Service) -> Result<Self> {
        Ok(Self {
            service: Arc::new(service),
            sign_in: Arc::new(SignIn::new()?),
            platform_key: demo::secret("platform_")?,
        })
    }
}
