use super::*;
use crate::host::ManualHost;
use crate::provisioning::Actor;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn drawn<const LENGTH: usize>(run: &Run<'_>) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    run.fill(&mut bytes);
    bytes
}

#[test]
fn an_operation_that_is_run_again_gets_the_same_time_and_the_same_bytes() {
    let host = ManualHost::default();
    let run = Run::new(&host);
    let actor = Actor::IdentityProvider;
    let (now, first, second) = (run.context(&actor).now, drawn::<8>(&run), drawn::<32>(&run));
    assert_ne!(first[..], second[..8]);
    host.advance(5);
    run.rewind();
    assert_eq!(run.context(&actor).now, now);
    assert_eq!((drawn::<8>(&run), drawn::<32>(&run)), (first, second));
    assert_ne!(drawn::<32>(&run), second, "what follows is new");
    assert_ne!(drawn::<8>(&Run::new(&host)), first, "and so is another run");
}

#[test]
fn it_may_draw_more_than_the_last_time() {
    let host = ManualHost::default();
    let run = Run::new(&host);
    let first: [u8; 4] = drawn(&run);
    run.rewind();
    let longer: [u8; 16] = drawn(&run);
    assert_eq!(longer[..4], first);
    assert_ne!(longer[4..8], [0; 4]);
}
