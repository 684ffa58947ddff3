//! Laws, checked on what proptest makes up.

use proptest::prelude::*;

use super::{Keeping, TINY, assert_sound, engine};
use crate::store::suite::block_on;
use crate::store::suite::model::{Operation, follow};
use crate::store::tree::fake::Disk;
use crate::store::tree::node::Shape;

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[ab]/[0-9]{0,2}", "[a-c]{0,3}", ".{0,4}"]
}

fn operation() -> impl Strategy<Value = Operation> {
    let value = prop::collection::vec(any::<u8>(), 0..200);
    let range = (key(), prop::option::of(key()), 0..9u64, 0..9usize);
    prop_oneof![
        6 => (key(), value).prop_map(|(key, value)| Operation::Put(key, value)),
        3 => key().prop_map(Operation::Delete),
        1 => key().prop_map(Operation::Get),
        1 => key().prop_map(Operation::Count),
        1 => range.prop_map(|(prefix, after, skip, limit)| {
            Operation::Range { prefix, after, skip, limit }
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_is_an_ordered_map(
        transactions in prop::collection::vec(
            (prop::collection::vec(operation(), 0..20), prop::bool::weighted(0.8)),
            0..12,
        ),
        split in 80..400usize,
    ) {
        block_on(async {
            let shape = Shape { split, join: split / 3, ..TINY };
            let tree: Keeping = engine(&Disk::new(1), 1, shape);
            let model = follow(&tree, &transactions).await;
            assert_eq!(assert_sound(&tree).await.entries, model.len() as u64);
        });
    }
}
