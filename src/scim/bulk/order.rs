//! The order in which operations are done: the client's, but what an operation refers to comes before it.

use std::collections::{BTreeMap, VecDeque};

use http::Method;

use super::{BulkOperation, BulkRequest, shown};
use crate::scim::error::{ScimError, ScimErrorKind};

/// How many of a circle's `bulkId`s an error names.
const NAMED: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Not looked at.
    New,
    /// Waits for what it refers to.
    Waiting,
    /// Has its place.
    Placed,
}

/// An operation on its way to its place.
struct Node<'r> {
    operation: &'r BulkOperation,
    mark: Mark,
    /// The operations that it refers to and that were not looked at from here.
    needs: VecDeque<usize>,
}

impl BulkRequest {
    /// The positions of the operations in the order in which they can be done.
    ///
    /// # Errors
    /// 409 where operations refer to each other in a circle (RFC 7644 §3.7.1): there is no order then.
    pub fn order(&self) -> Result<Vec<usize>, ScimError> {
        let mut nodes = self.nodes();
        let mut order = Vec::with_capacity(nodes.len());
        for first in 0..nodes.len() {
            let mut waiting = vec![first];
            while let Some(at) = waiting.last().copied() {
                let Some(node) = nodes.get_mut(at).filter(|node| node.mark != Mark::Placed) else {
                    waiting.pop();
                    continue;
                };
                node.mark = Mark::Waiting;
                let Some(need) = node.needs.pop_front() else {
                    node.mark = Mark::Placed;
                    order.push(at);
                    continue;
                };
                match nodes.get(need).map(|node| node.mark) {
                    Some(Mark::New) => waiting.push(need),
                    Some(Mark::Waiting) => {
                        let circle = waiting.iter().skip_while(|waiting| **waiting != need);
                        return Err(circular(circle.filter_map(|at| nodes.get(*at))));
                    }
                    Some(Mark::Placed) | None => {}
                }
            }
        }
        Ok(order)
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        let posts = self.operations.iter().enumerate().filter(|(_, operation)| operation.makes());
        let made: BTreeMap<&str, usize> =
            posts.filter_map(|(at, post)| Some((post.bulk_id.as_deref()?, at))).collect();
        let node = |operation| Node { operation, mark: Mark::New, needs: needs(operation, &made) };
        self.operations.iter().map(node).collect()
    }
}

impl BulkOperation {
    /// Whether others can refer to it.
    pub fn makes(&self) -> bool {
        self.method == Method::POST.as_str()
    }
}

fn needs(operation: &BulkOperation, made: &BTreeMap<&str, usize>) -> VecDeque<usize> {
    let Ok(task) = &operation.task else { return VecDeque::new() };
    let references = task.references();
    let mut needs: Vec<usize> = references.iter().filter_map(|id| made.get(id)).copied().collect();
    needs.sort_unstable();
    needs.into()
}

fn circular<'n>(circle: impl Iterator<Item = &'n Node<'n>>) -> ScimError {
    let ids: Vec<String> =
        circle.filter_map(|node| node.operation.bulk_id.as_deref().map(shown)).collect();
    let named: Vec<String> = ids.iter().take(NAMED).map(|id| format!("{id:?}")).collect();
    let more = if ids.len() > NAMED { ", …" } else { "" };
    let named = named.join(", ");
    let detail = match ids.len() {
        1 => format!("the operation with the bulkId {named} refers to itself"),
        count => format!(
            "the bulkIds {named}{more} refer to each other in a circle of {count}: none can be made first"
        ),
    };
    ScimError::new(ScimErrorKind::Conflict, detail)
}
