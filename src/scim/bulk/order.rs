//! The order in which operations are done: the client's, but what an operation refers to comes before it. Those that
//! refer to each other in a circle are one step (RFC 7644 §3.7.1).

use std::collections::VecDeque;

use super::{BulkOperation, BulkRequest, shown};
use crate::gather::Gather as _;
use crate::json::quoted;
use crate::map::Map;
use crate::scim::error::{ScimError, ScimErrorKind};

/// How many operations a circle may have: they share a transaction.
pub const MAX_CIRCLE: usize = 20;

/// How many of a circle's `bulkId`s an error names.
const NAMED: usize = 10;

/// What is done at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The operation at this position.
    One(usize),
    /// Operations that refer to each other.
    Circle(Vec<usize>),
}

/// An operation on its way to its place (Tarjan's algorithm for strongly connected components).
struct Node {
    /// The operations that it refers to and that were not looked at from here.
    needs: VecDeque<usize>,
    /// When it was first looked at.
    seen: Option<usize>,
    /// The first seen of those in its circle, as far as is known.
    first: usize,
    /// Whether its circle is not complete yet.
    open: bool,
    needs_itself: bool,
}

impl BulkRequest {
    /// The steps in the order in which they can be done.
    ///
    /// # Errors
    /// 409 where operations refer to each other in a circle that cannot be made: of more than [`MAX_CIRCLE`], or not of
    /// users only. A group in one would contain itself.
    pub fn order(&self) -> Result<Vec<Step>, ScimError> {
        let mut search = Search { nodes: self.nodes(), open: Vec::new(), seen: 0 };
        let mut steps = Vec::with_capacity(search.nodes.len());
        for start in 0..search.nodes.len() {
            search.visit(start, &mut steps);
        }
        for step in &steps {
            if let Step::Circle(circle) = step {
                refuse_impossible(circle.iter().filter_map(|at| self.operations.get(*at)))?;
            }
        }
        Ok(steps)
    }

    fn nodes(&self) -> Vec<Node> {
        let posts = self.operations.iter().enumerate().filter(|(_, operation)| operation.makes());
        let made: Map<usize> =
            posts.filter_map(|(at, post)| Some((post.bulk_id.clone()?, at))).collect();
        let node = |operation| Node {
            needs: needs(operation, &made),
            seen: None,
            first: 0,
            open: false,
            needs_itself: false,
        };
        self.operations.iter().map(node).gather()
    }
}

struct Search {
    nodes: Vec<Node>,
    /// Those whose circle is not complete, as they were seen.
    open: Vec<usize>,
    seen: usize,
}

impl Search {
    /// Appends the steps that the operation at `start` needs, and its own. Without recursion: a client says how deep.
    fn visit(&mut self, start: usize, steps: &mut Vec<Step>) {
        let mut waiting = Vec::new();
        if self.nodes.get(start).is_some_and(|node| node.seen.is_none()) {
            waiting.push(start);
        }
        while let Some(at) = waiting.last().copied() {
            let Some(node) = self.nodes.get_mut(at) else { break };
            if node.seen.is_none() {
                (node.seen, node.first, node.open) = (Some(self.seen), self.seen, true);
                self.open.push(at);
                self.seen += 1;
            }
            if let Some(need) = node.needs.pop_front() {
                node.needs_itself |= need == at;
                match self.nodes.get(need) {
                    Some(needed) if needed.seen.is_none() => waiting.push(need),
                    Some(needed) if needed.open => self.belongs_to(at, needed.first),
                    _ => {}
                }
                continue;
            }
            waiting.pop();
            let (seen, first) = (node.seen, node.first);
            if let Some(parent) = waiting.last() {
                self.belongs_to(*parent, first);
            }
            if seen == Some(first) {
                steps.push(self.complete(at));
            }
        }
    }

    fn belongs_to(&mut self, at: usize, first: usize) {
        if let Some(node) = self.nodes.get_mut(at) {
            node.first = node.first.min(first);
        }
    }

    /// Closes the circle that was entered at `first`.
    fn complete(&mut self, first: usize) -> Step {
        let mut circle = Vec::new();
        while let Some(at) = self.open.pop() {
            circle.push(at);
            if let Some(node) = self.nodes.get_mut(at) {
                node.open = false;
            }
            if at == first {
                break;
            }
        }
        circle.sort_unstable();
        let alone = circle.len() == 1;
        if alone && self.nodes.get(first).is_some_and(|node| !node.needs_itself) {
            return Step::One(first);
        }
        Step::Circle(circle)
    }
}

impl BulkOperation {
    /// Whether others can refer to it.
    pub fn makes(&self) -> bool {
        self.method == "POST"
    }

    fn makes_user(&self) -> bool {
        self.task.as_ref().is_ok_and(|task| task.path.trim_matches('/') == "Users")
    }
}

fn needs(operation: &BulkOperation, made: &Map<usize>) -> VecDeque<usize> {
    let Ok(task) = &operation.task else { return VecDeque::new() };
    let references = task.references();
    let mut needs: Vec<usize> = references.iter().filter_map(|id| made.get(id)).copied().gather();
    needs.sort_unstable();
    needs.dedup();
    needs.into()
}

fn refuse_impossible<'o>(circle: impl Iterator<Item = &'o BulkOperation>) -> Result<(), ScimError> {
    let circle: Vec<&BulkOperation> = circle.gather();
    let why = if circle.len() > MAX_CIRCLE {
        format!("{MAX_CIRCLE} at the most can be made together")
    } else if !circle.iter().all(|operation| operation.makes_user()) {
        "only users can be made so".to_owned()
    } else {
        return Ok(());
    };
    let ids = circle.iter().filter_map(|operation| operation.bulk_id.as_deref());
    let named: Vec<String> = ids.take(NAMED).map(|id| quoted(&shown(id))).gather();
    let (named, count) = (named.join(", "), circle.len());
    let more = if count > NAMED { ", …" } else { "" };
    let detail = if count == 1 {
        format!("the operation with the bulkId {named} refers to itself: {why}")
    } else {
        format!("the bulkIds {named}{more} refer to each other in a circle of {count}: {why}")
    };
    Err(ScimError::new(ScimErrorKind::Conflict, detail))
}
