use super::*;
use crate::spin::store::Memory;

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_fault_before_a_call_leaves_the_store_as_it_was_and_one_after_it_does_not() {
    for (fault, applied) in [
        (Fault::full(), false),
        (Fault::Crash, false),
        (Fault::LoseAnswer(Failure::Other("lost".to_owned())), true),
        (Fault::TimeOut(Duration::ZERO), true),
        (Fault::CrashAfter, true),
    ] {
        let memory = Memory::new();
        let store = Faults::on(memory.clone());
        store.plan(move |_| Some(fault.clone()));
        run(store.set("key", b"value".to_vec())).unwrap_err();
        assert_eq!(memory.values().contains_key("key"), applied);
    }
}

#[test]
fn a_call_that_hangs_is_never_answered() {
    let memory = Memory::new();
    let store = Faults::on(memory.clone());
    for (fault, applied) in [(Fault::Hang, false), (Fault::HangAfter, true)] {
        store.plan(move |_| Some(fault.clone()));
        let answer = run(async {
            tokio::time::timeout(Duration::from_millis(20), store.set("key", Vec::new())).await
        });
        assert!(answer.is_err());
        assert_eq!(memory.values().contains_key("key"), applied);
    }
}

#[test]
fn a_call_that_is_late_is_answered_before_it_is_carried_out() {
    let memory = Memory::new();
    let store = Faults::on(memory.clone());
    let late = Fault::Late(Failure::Other("reset".to_owned()), Duration::from_millis(20));
    store.plan(move |_| Some(late.clone()));
    run(async {
        store.set("key", b"value".to_vec()).await.unwrap_err();
        assert_eq!(memory.values().len(), 0);
        tokio::time::sleep(Duration::from_millis(500)).await;
    });
    assert_eq!(memory.values().len(), 1);
}

#[test]
fn a_memory_swaps_as_it_is_told() {
    use crate::spin::store::Swaps;

    let swap = |swaps: fn(&str) -> Swaps| {
        let store = Memory::swapping(swaps);
        run(async {
            let [early, late] =
                [store.compare_and_swap("key").await, store.compare_and_swap("key").await];
            let (early, late) = (early.unwrap(), late.unwrap());
            early.current().await.unwrap();
            late.current().await.unwrap();
            let told = (early.swap(vec![1]).await, late.swap(vec![2]).await);
            (told, store.get("key").await.unwrap().unwrap())
        })
    };
    let failed = || Err(SwapFailure::Changed);
    assert_eq!(swap(|_| Swaps::True), ((Ok(()), failed()), vec![1]));
    assert_eq!(swap(|_| Swaps::SaidToFail), ((failed(), failed()), vec![1]));
    assert_eq!(swap(|_| Swaps::Blind), ((Ok(()), Ok(())), vec![2]));
}

#[test]
fn a_plan_sees_the_calls_in_their_order() {
    let store = Faults::on(Memory::new());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let calls = Arc::clone(&seen);
    store.plan(move |call| {
        calls.lock().unwrap().push((call.number, call.kind, call.key.to_owned()));
        None
    });
    run(async {
        store.set("a", Vec::new()).await.unwrap();
        let swap = store.compare_and_swap("b").await.unwrap();
        swap.current().await.unwrap();
        swap.swap(Vec::new()).await.unwrap();
    });
    let kinds = [Kind::Set, Kind::CompareAndSwap, Kind::Current, Kind::Swap];
    let keys = ["a", "b", "b", "b"];
    let expected: Vec<_> =
        (0..4).zip(kinds).zip(keys).map(|((n, kind), key)| (n, kind, key.to_owned())).collect();
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(store.calls(), 4);
}

#[test]
fn random_faults_are_the_same_again_for_the_same_seed() {
    let kinds = [Fault::full(), Fault::Crash];
    let draw = |seed| -> Vec<Option<Fault>> {
        let mut random = Random::new(seed, 4, &kinds);
        (0..400).map(|_| random.fault()).collect()
    };
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
    let hits = draw(7).iter().flatten().count();
    assert!((50..150).contains(&hits), "{hits}");
}
