use super::*;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_key_that_was_taken_out_is_not_there_and_can_come_back() {
    let mut map = Map::from_iter([("b".to_owned(), 1), ("a".to_owned(), 2)]);
    assert_eq!((map.remove("b"), map.remove("b"), map.remove("c")), (Some(1), None, None));
    assert_eq!((map.len(), map.get("b"), map.contains_key("b")), (1, None, false));
    assert_eq!(map.insert("b".to_owned(), 3), None);
    assert_eq!(map.into_iter().collect::<Vec<_>>(), [("a".to_owned(), 2), ("b".to_owned(), 3)]);
}

#[test]
fn many_keys_are_found_in_their_order_however_they_came() {
    const MANY: usize = 2000;
    let orders: [fn(usize) -> usize; 3] = [|n| n, |n| MANY - 1 - n, |n| n * 777 % MANY];
    for order in orders {
        let key = |n: usize| format!("{n:04}");
        let mut map: Map<usize> = (0..MANY).map(order).map(|n| (key(n), n)).collect();
        assert!((0..MANY).all(|n| map.insert(key(n), n) == Some(n)));
        assert_eq!((map.len(), map.get("0777x"), map.get("")), (MANY, None, None));
        for n in 0..MANY {
            assert_eq!(map.range_from(&key(n)).next(), Some((&key(n), &n)));
            let behind = map.range_from(&format!("{}x", key(n))).next();
            assert_eq!(behind.map(|(_, n)| *n), Some(n + 1).filter(|n| *n < MANY));
        }
        assert!(map.values().copied().eq(0..MANY));
        map.retain(|_, n| n % 3 == 0);
        let kept = (0..MANY).filter(|n| n % 3 == 0);
        assert!(map.into_iter().eq(kept.map(|n| (key(n), n))));
    }
}

#[test]
fn a_set_holds_a_text_once_and_tells_them_in_order() {
    let text = str::to_owned;
    let mut set = Set::from(["b", "a", "b"].map(text));
    assert_eq!((set.len(), set.insert(text("a")), set.insert(text("c"))), (2, false, true));
    assert!(set.contains("c") && !set.contains("d"));
    assert_eq!(set.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(set, Set::from(["c", "b", "a"].map(text)));
    assert_ne!(set, Set::from(["a", "b"].map(text)));
    assert_eq!(set.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(Set::new().is_empty());
}

#[cfg(not(target_family = "wasm"))]
mod laws {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// What can be done to a map.
    #[derive(Clone, Debug)]
    enum Step {
        Insert(String, u8),
        OrInsert(String, u8),
        Remove(String),
        Retain(u8),
        Clear,
    }

    fn key() -> impl Strategy<Value = String> {
        "[ab]{0,3}"
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (key(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
            4 => (key(), any::<u8>()).prop_map(|(key, value)| Step::OrInsert(key, value)),
            4 => key().prop_map(Step::Remove),
            1 => any::<u8>().prop_map(Step::Retain),
            1 => Just(Step::Clear),
        ]
    }

    /// Does the step to both, and compares what they answer.
    fn take(step: Step, map: &mut Map<u8>, model: &mut BTreeMap<String, u8>) {
        match step {
            Step::Insert(key, value) => {
                assert_eq!(map.insert(key.clone(), value), model.insert(key, value));
            }
            Step::OrInsert(key, value) => {
                let found = map.or_insert_with(key.clone(), || value);
                let expected = model.entry(key).or_insert(value);
                assert_eq!(found, expected);
                *found = found.wrapping_add(1);
                *expected = *found;
            }
            Step::Remove(key) => assert_eq!(map.remove(&key), model.remove(&key)),
            Step::Retain(least) => {
                map.retain(|_, value| *value >= least);
                model.retain(|_, value| *value >= least);
            }
            Step::Clear => {
                map.clear();
                model.clear();
            }
        }
    }

    proptest! {
        #[test]
        fn a_map_is_what_a_btree_map_is(steps in prop::collection::vec(step(), 0..60), from in key()) {
            let (mut map, mut model) = (Map::new(), BTreeMap::new());
            for step in steps {
                take(step, &mut map, &mut model);
                prop_assert!(map.iter().eq(&model));
                prop_assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
            }
            prop_assert!(map.keys().eq(model.keys()) && map.values().eq(model.values()));
            prop_assert!(map.range_from(&from).eq(model.range(from.clone()..)));
            prop_assert_eq!(map.get(&from), model.get(&from));
            prop_assert_eq!(map.contains_key(&from), model.contains_key(&from));
            prop_assert_eq!(format!("{map:?}"), format!("{model:?}"));
            prop_assert!(map.clone().into_iter().eq(model.clone()));
            prop_assert!(Map::from_iter(map).iter().eq(&model));
        }

        #[test]
        fn a_list_by_numbers_is_what_a_btree_map_is(
            steps in prop::collection::vec((0..12_u64, any::<Option<u8>>()), 0..60),
        ) {
            let (mut list, mut model) = (Numbered::default(), BTreeMap::new());
            for (number, value) in steps {
                match value {
                    Some(value) => {
                        prop_assert_eq!(list.insert(number, value), model.insert(number, value));
                    }
                    None => prop_assert_eq!(list.remove(number), model.remove(&number)),
                }
                prop_assert_eq!(list.is_empty(), model.is_empty());
            }
        }
    }
}
