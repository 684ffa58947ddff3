//! The configuration of this instance, from the app's variables. An app cannot refuse to start, so one whose variables
//! cannot be used refuses every request, and logs why.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use spin_sdk::variables::{self, Error};

use super::Instance;
use super::deadline::within;
use crate::config::{SpinConfig, VARIABLES};

/// How long the variables may take, which a vault far away may have to be asked for.
const PATIENCE: Duration = Duration::from_millis(1500);

thread_local! {
    static EDGE: RefCell<Option<Edge>> = const { RefCell::new(None) };
}

/// What an instance can do.
#[derive(Clone)]
pub(super) enum Edge {
    /// It serves.
    Ready(Rc<Instance>),
    /// It cannot, for this reason.
    Refusing(String),
}

/// This instance, which is set up with its first request.
pub(super) async fn edge() -> Edge {
    if let Some(edge) = EDGE.with_borrow(Clone::clone) {
        return edge;
    }
    let read = within(PATIENCE, read()).await;
    let values =
        match read.unwrap_or_else(|| Err("the variables cannot be read: no answer".to_owned())) {
            Ok(values) => values,
            // Asked again with the next request.
            Err(reason) => return Edge::Refusing(reason),
        };
    // Several requests may have read them at once: the first to be here makes the instance.
    EDGE.with_borrow_mut(|edge| {
        edge.get_or_insert_with(|| {
            match SpinConfig::from_variables(|name| {
                values.iter().find(|(each, _)| *each == name).map(|(_, value)| value.clone())
            }) {
                Ok(config) => Edge::Ready(Rc::new(Instance::new(config))),
                Err(error) => Edge::Refusing(error.to_string()),
            }
        })
        .clone()
    })
}

async fn read() -> Result<Vec<(&'static str, String)>, String> {
    let mut values = Vec::new();
    for name in VARIABLES {
        match variables::get(name).await {
            Ok(value) => values.push((name, value)),
            Err(Error::Undefined(_)) => {}
            Err(error) => return Err(format!("variable {name} cannot be read: {error}")),
        }
    }
    Ok(values)
}
