//! Shared queues: a VM registers one under a name, and is called back for what is put into it.

use std::collections::{BTreeMap, VecDeque};

/// The queues of a process.
#[derive(Debug, Default)]
pub(super) struct Queues {
    names: BTreeMap<Vec<u8>, u32>,
    queues: BTreeMap<u32, Queue>,
    rings: VecDeque<Ring>,
}

#[derive(Debug)]
struct Queue {
    owner: Owner,
    values: VecDeque<Vec<u8>>,
}

/// Who registered a queue: a root context of a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) vm: u64,
    pub(super) context: u32,
}

/// Something was put into a queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    pub(super) owner: Owner,
    pub(super) queue: u32,
}

impl Queues {
    /// The queue with this name, which calls back its last `owner`.
    pub(super) fn register(&mut self, name: Vec<u8>, owner: Owner) -> u32 {
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX).saturating_add(1);
        let number = *self.names.entry(name).or_insert(next);
        let queue = self.queues.entry(number);
        queue.or_insert_with(|| Queue { owner, values: VecDeque::new() }).owner = owner;
        number
    }

    pub(super) fn resolve(&self, name: &[u8]) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// False: there is no such queue.
    pub(super) fn enqueue(&mut self, queue: u32, value: Vec<u8>) -> bool {
        let Some(Queue { owner, values }) = self.queues.get_mut(&queue) else { return false };
        values.push_back(value);
        self.rings.push_back(Ring { owner: *owner, queue });
        true
    }

    /// `None`: there is no such queue; then, whether there is something in it.
    pub(super) fn dequeue(&mut self, queue: u32) -> Option<Option<Vec<u8>>> {
        Some(self.queues.get_mut(&queue)?.values.pop_front())
    }

    /// The next ring for a VM.
    pub(super) fn ring(&mut self, vm: u64) -> Option<Ring> {
        let place = self.rings.iter().position(|ring| ring.owner.vm == vm)?;
        self.rings.remove(place)
    }
}
