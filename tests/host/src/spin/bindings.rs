//! What `wasmtime` makes of the interfaces in `wit/`.

wasmtime::component::bindgen!({
    path: "wit",
    world: "host",
    // As in Spin: what is synchronous in the interface has the instance for itself until it returns.
    imports: { default: async | trappable },
    with: {
        "spin:key-value/key-value.store": super::instance::Opened,
        "wasi:keyvalue/store.bucket": super::instance::Opened,
        "wasi:keyvalue/atomics.cas": super::instance::Swapping,
    },
});
